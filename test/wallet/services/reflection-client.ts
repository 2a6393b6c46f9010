import { create, createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { type Client, Metadata } from '@grpc/grpc-js';

// Fields of grpc.reflection.v1 (and v1alpha, which has the same): a client that shares no code with the server.
const FILE_CONTAINING_SYMBOL = 4;
const LIST_SERVICES = 7;
const FILE_DESCRIPTOR_RESPONSE = 4;
const LIST_SERVICES_RESPONSE = 6;
const ERROR_RESPONSE = 7;

/** The names of the services that the server tells of. */
export async function listServices(client: Client, version: 'v1' | 'v1alpha'): Promise<string[]> {
  const response = await ask(client, version, LIST_SERVICES, '*');
  const services = fieldsOf(response.get(LIST_SERVICES_RESPONSE)?.[0] ?? new Uint8Array()).get(1) ?? [];
  return services.map((service) => text(fieldsOf(service).get(1)?.[0]));
}

/** All that is needed to call a service, as the server tells it; throws where the server doesn't know the symbol. */
export async function describeSymbol(client: Client, version: 'v1' | 'v1alpha', symbol: string): Promise<FileRegistry> {
  const response = await ask(client, version, FILE_CONTAINING_SYMBOL, symbol);
  const error = response.get(ERROR_RESPONSE)?.[0];
  if (error !== undefined) throw new Error(text(fieldsOf(error).get(2)?.[0]));
  const files = fieldsOf(response.get(FILE_DESCRIPTOR_RESPONSE)?.[0] ?? new Uint8Array()).get(1) ?? [];
  const file: FileDescriptorProto[] = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  return createFileRegistry(create(FileDescriptorSetSchema, { file }));
}

function ask(client: Client, version: string, field: number, value: string): Promise<Map<number, Uint8Array[]>> {
  return new Promise((resolve, reject) => {
    const stream = client.makeBidiStreamRequest(
      `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      new Metadata(),
      { deadline: Date.now() + 20_000 },
    );
    stream.on('error', reject);
    stream.on('data', (bytes: Buffer) => resolve(fieldsOf(bytes)));
    stream.write(Buffer.from(new BinaryWriter().tag(field, 2).string(value).finish()));
    stream.end();
  });
}

/** The length-delimited fields of a message by number. */
function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === 2) fields.set(field, [...(fields.get(field) ?? []), reader.bytes()]);
    else reader.skip(wireType, field);
  }
  return fields;
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
