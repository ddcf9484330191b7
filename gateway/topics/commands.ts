import { Type, type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { limits } from '../../gen/limits.js'
import { RecadoError } from '../../lib/errors.js'

const asked = limits['recado.v1.SendMessageRequest']
const nonce = Type.Optional(Type.String(asked.nonce))

const send = Type.Object(
  {
    content: Type.String(asked.content),
    nonce,
    reply_to: Type.Optional(Type.String(asked.reply_to)),
    /** A JSON object; its size is checked where every face's is. */
    data: Type.Optional(Type.Object({})),
    /** The client's own clock. */
    timestamp: Type.Optional(Type.String()),
  },
  strict(),
)

/** `message:send` as it comes in. */
export type SendCommand = Static<typeof send>

/** Reads the payload of `message:send`. @throws `invalid_argument` that names each field at fault. */
export const parseSend = parser(send)

function strict() {
  return { additionalProperties: false }
}

function parser<S extends TSchema>(schema: S): (payload: unknown) => Static<S> {
  const compiled = Compile(schema)
  return (payload) => {
    if (compiled.Check(payload)) return payload
    throw new RecadoError('invalid_argument', describe(compiled.Errors(payload)))
  }
}

type Fault = { keyword: string; instancePath: string; message: string; params: object }

function describe(faults: readonly Fault[]): string {
  const sentences = faults.flatMap((fault) => {
    if ('additionalProperties' in fault.params)
      return (fault.params.additionalProperties as string[]).map((name) => `\`${name}\` is not known`)
    const field = fault.instancePath.slice(1)
    return [field ? `\`${field}\` ${fault.message}` : fault.message]
  })
  return `The payload is malformed: ${[...new Set(sentences)].slice(0, 5).join('; ')}.`
}
