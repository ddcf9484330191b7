import Type from 'typebox'

/** The headers of what makes something: a repeat with the same key makes nothing again (AIP-155; the draft `Idempotency-Key`). */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description:
        'Chosen by the client, 1-64 characters: a repeat with the same key within a day answers with what the first one made.',
    }),
  ),
})

/** The key of a request, as gRPC takes it: empty where there is none. */
export function toRequestId(headers: { 'idempotency-key'?: string }): string {
  return headers['idempotency-key'] ?? ''
}
