// A deposit, as another internal service would make it. Arguments: OPERATOR USER UNITS [TRANSACTION_ID].
// Run it twice with the same TRANSACTION_ID: the second answer is a replay, and nothing moves.
import { randomUUID } from 'node:crypto';
import { credentials, Metadata, makeGenericClientConstructor } from '@grpc/grpc-js';
import { callUnary, serviceDefinition } from '../../src/common/grpc.ts';
import { MoneyService, Reason, ReasonSchema } from '../../src/gen/wallet/v1/money_pb.ts';

const [operatorId = 'examplecasino', userId = '611', units = '2500', transactionId = `example-${randomUUID()}`] =
  process.argv.slice(2);

const MoneyClient = makeGenericClientConstructor(serviceDefinition(MoneyService), MoneyService.typeName);
const client = new MoneyClient(process.env.WALLET_URL ?? '127.0.0.1:50051', credentials.createInsecure());
const metadata = new Metadata();
metadata.set('x-request-id', randomUUID());
if (process.env.WALLET_TOKEN) metadata.set('authorization', `Bearer ${process.env.WALLET_TOKEN}`);

const outcome = await callUnary(
  client,
  MoneyService.method.deposit,
  { operatorId, userId, transactionId, amountUnits: BigInt(units), note: 'example' },
  { deadlineMs: 2_000, metadata },
);
const refused = outcome.reason !== Reason.UNSPECIFIED;
console.log(
  refused
    ? `refused: ${ReasonSchema.value[outcome.reason]?.name ?? outcome.reason}`
    : `${transactionId}: balance is ${outcome.balanceUnits} units of 1/100 ${outcome.currencyCode}` +
        (outcome.replayed ? ' (replayed)' : ''),
);
client.close();
process.exitCode = refused ? 1 : 0;
