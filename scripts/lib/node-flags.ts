/**
 * How croupier's processes run. A small young generation: at thousands of requests a second V8 lets it grow to what an allocation
 * rate like that seems to want, which doubles the resident memory and makes nothing faster. A bounded heap: where there are gigabytes, V8
 * lets the heap grow to several times of what lives before it clears up; two are far more than all that may be in flight. The Dockerfile says
 * the same.
 */
const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=2048'];

/**
 * The jobs read for minutes on end, with little that lives long: the heap of a process with half a gigabyte hardly grows at all. An answer of
 * StarGame's of the largest size that is read still fits. What is young they clear up in their own thread: where processors are few, V8's helping
 * threads take them from everybody at once, several times a second. docker-compose.yml says the same.
 */
const JOBS_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=512', '--no-parallel-scavenge'];

export const nodeFlags = (process: string): string[] => (process === 'jobs' ? JOBS_FLAGS : NODE_FLAGS);
