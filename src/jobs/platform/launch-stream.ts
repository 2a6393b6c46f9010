import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { type CallContext, toFault } from '../../common/grpc-handler.ts';
import type { Logger } from '../../common/log.ts';
import {
  LaunchPlatformRequestSchema,
  type NumberedPlatformAnswerSchema,
  type NumberedPlatformLaunch,
  type PlatformLaunched,
  PlatformLaunchedSchema,
  type PlatformLaunches,
} from '../../gen/jobs/v1/platform_pb.ts';
import type { PlatformLaunch } from './launch.ts';

type Call = ServerDuplexStream<PlatformLaunches, PlatformLaunched>;
type Answer = MessageInitShape<typeof NumberedPlatformAnswerSchema>;

export type LaunchStream = {
  serve: (call: Call, context: CallContext) => void;
  /** Takes no more launches; ends each stream once what it holds is answered. */
  close: () => void;
};

/** Launches of one stream that may be without an answer at a time. */
const IN_FLIGHT_MAX = 1_000;
/** What a launch may take. */
const PATIENCE_MS = 10_000;

/** One stream costs a launch a tenth of what a call of its own does, most of which is HTTP/2's. */
export function createLaunchStream({ launch, log }: { launch: PlatformLaunch; log: Logger }): LaunchStream {
  const open = new Set<() => void>();

  const serve = (call: Call, { service, requestId }: CallContext): void => {
    let answers: Answer[] = [];
    let inFlight = 0;
    let isEnding = false;
    let isBroken = false;

    const endWhenAnswered = (): void => {
      if (isEnding && inFlight === 0 && answers.length === 0) call.end();
    };

    const flush = (): void => {
      const frame = create(PlatformLaunchedSchema, { answers });
      answers = [];
      if (isBroken) return;
      // A caller that doesn't read its answers gets no more of its launches read.
      if (!call.write(frame)) call.pause();
      endWhenAnswered();
    };

    const answer = (each: Answer): void => {
      answers.push(each);
      if (answers.length === 1) setImmediate(flush);
    };

    const launchOne = async ({ id, request }: NumberedPlatformLaunch): Promise<void> => {
      inFlight += 1;
      try {
        const asked = request ?? create(LaunchPlatformRequestSchema);
        const response = await launch(asked, {
          requestId: `${requestId}-${id}`,
          deadlineAtMs: Date.now() + PATIENCE_MS,
        });
        answer({ id, response });
      } catch (error) {
        const { code, message } = toFault(error);
        answer({ id, code, message });
      } finally {
        inFlight -= 1;
      }
    };

    const take = (one: NumberedPlatformLaunch): void => {
      // Left unanswered: the stream ends after what it holds.
      if (isEnding) return;
      if (inFlight < IN_FLIGHT_MAX) void launchOne(one);
      else answer({ id: one.id, code: status.RESOURCE_EXHAUSTED, message: 'too many are in flight: nothing was done' });
    };

    const end = (): void => {
      isEnding = true;
      endWhenAnswered();
    };

    const lose = (): void => {
      if (isBroken) return;
      isBroken = true;
      open.delete(end);
      log.info({ service, requestId, unanswered: inFlight + answers.length }, 'launch stream closed');
    };

    open.add(end);
    log.info({ service, requestId, peer: call.getPeer() }, 'launch stream opened');
    call.on('data', ({ launches }: PlatformLaunches) => launches.forEach(take));
    call.on('drain', () => call.resume());
    call.on('end', end);
    call.on('finish', lose);
    call.on('cancelled', lose);
    call.on('error', lose);
  };

  return {
    serve,
    close: () => {
      for (const end of open) end();
    },
  };
}
