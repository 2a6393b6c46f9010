import { failedPrecondition } from '../../common/fault.ts';
import type { Authorize } from '../../common/grpc-access.ts';
import { HarvestService } from '../../gen/jobs/v1/harvest_pb.ts';
import { StargameService } from '../../gen/jobs/v1/stargame_pb.ts';
import { TransferService } from '../../gen/jobs/v1/transfers_pb.ts';

/** What begins with asking StarGame; what we have already can be looked at all the same, and sessions of ours closed. */
const NEEDS_STARGAME: ReadonlySet<string> = new Set(
  [
    StargameService.method.registerTerminal,
    StargameService.method.launch,
    StargameService.method.call,
    StargameService.method.listStargameGames,
    TransferService.method.startTransfer,
    HarvestService.method.harvest,
  ].map(({ parent, name }) => `${parent.typeName}.${name}`),
);

/** Where STARGAME_API_URL is empty: FAILED_PRECONDITION, for those who would be allowed to. */
export function switchedOff(authorize: Authorize): Authorize {
  return (call, method) => {
    const service = authorize(call, method);
    if (NEEDS_STARGAME.has(`${method.parent.typeName}.${method.name}`)) {
      throw failedPrecondition('STARGAME_API_URL is not set: StarGame is not asked anything');
    }
    return service;
  };
}
