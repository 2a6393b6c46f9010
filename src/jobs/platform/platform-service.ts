import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type { PlatformService } from '../../gen/jobs/v1/platform_pb.ts';
import type { HandHistories } from './evidence/hand-histories.ts';
import type { PlatformLaunch } from './launch.ts';
import type { LaunchStream } from './launch-stream.ts';
import type { Limits } from './limits/limits.ts';

export function createPlatformService(deps: {
  launch: PlatformLaunch;
  launchStream: LaunchStream;
  handHistories: HandHistories;
  limits: Limits;
}): ServiceHandlers<typeof PlatformService> {
  const { launch, launchStream, handHistories, limits } = deps;
  return {
    launchPlatform: (request, context) => launch(request, context),
    launchPlatformStream: launchStream.serve,
    fetchHandHistory: (request, { requestId }) => handHistories.fetch(request, requestId),
    getHandHistory: (request) => handHistories.get(request),
    listLimits: async ({ operatorId }) => ({ limits: await limits.list(operatorId) }),
  };
}
