import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { Server } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { service as healthService } from 'grpc-health-check';

/**
 * gRPC server reflection, v1 and v1alpha: what grpcurl and other stock clients ask to find the services and their messages. The
 * library takes descriptors in the wrapping of @grpc/proto-loader, whichever kind of definition they hang on.
 */
export function addReflection(server: Server, services: readonly DescService[]): void {
  const files = new Set(services.map((service) => service.file));
  new ReflectionService({
    ...Object.fromEntries([...files].map((file) => [file.name, wrapped(file)])),
    'grpc.health.v1.Health': healthService,
    ...Object.fromEntries(
      Object.entries(healthService).map(([name, method]) => [`health ${name}`, method.requestType]),
    ),
  }).addToServer(server);
}

function wrapped(file: DescFile) {
  const bytes = Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto));
  return { format: 'Protocol Buffer 3 EnumDescriptorProto' as const, type: {}, fileDescriptorProtos: [bytes] };
}
