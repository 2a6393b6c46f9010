/**
 * How croupier's processes run. A small young generation: at thousands of requests a second V8 lets it grow to what an allocation
 * rate like that seems to want, which doubles the resident memory and makes nothing faster. The Dockerfile says the same.
 */
export const NODE_FLAGS = ['--max-semi-space-size=16'];
