import type {
  AppendToMessageRequest,
  EditMessageRequest,
  SendMessageRequest,
} from '../../gen/recado/v1/messages_service.js'
import { isEmoji } from '../../contract/commands.js'
import type { CreateUserRequest, UpdateUserRequest } from '../../gen/recado/v1/users_service.js'
import type { BanUserRequest } from '../../gen/recado/v1/moderation_service.js'
import type { UpdateChannelRequest, UpdateModerationRequest } from '../../gen/recado/v1/servers_service.js'
import { limits } from '../../gen/limits.js'
import { isData } from '../../contract/data.js'
import { MAX_CONTENT_CHARACTERS } from '../../contract/limits.js'
import type { Checks } from '../../lib/grpc/requests.js'
import { checkPart, checkText } from '../../lib/text.js'
import { checkBlockedWord } from '../moderation/blocked-words.js'
import { checkDisplayName } from '../servers/server-rules.js'
import { checkAbout, checkShownName } from '../users/user-rules.js'
import { checkUsername } from '../users/username.js'

const checkNamed = ({ name }: { name?: string | undefined }) => ({
  name: name === undefined ? undefined : checkDisplayName(name),
})

const checkData = (data: string | undefined) =>
  data === undefined || isData(data) ? undefined : 'must be a JSON object of at most 8 KiB'

const checkEmoji = ({ emoji }: { emoji: string }) => ({
  emoji: isEmoji(emoji) ? undefined : 'must have 1 to 64 characters, none of them white space',
})

/** What no rule of the contract can say of a request: what its texts must be like. Checked with the rules, before any handler. */
export const textChecks: Checks = {
  'recado.v1.CreateUserRequest': ({ username }: CreateUserRequest) => ({ username: checkUsername(username) }),
  'recado.v1.UpdateUserRequest': ({ displayName, about }: UpdateUserRequest) => ({
    display_name: displayName ? checkShownName(displayName) : undefined,
    about: about ? checkAbout(about) : undefined,
  }),
  'recado.v1.CreateServerRequest': checkNamed,
  'recado.v1.UpdateServerRequest': checkNamed,
  'recado.v1.CreateChannelRequest': checkNamed,
  'recado.v1.UpdateChannelRequest': ({ name, topic }: UpdateChannelRequest) => ({
    ...checkNamed({ name }),
    topic: topic ? checkText(topic, limits['recado.v1.UpdateChannelRequest'].topic.maxLength) : undefined,
  }),
  'recado.v1.CreateRoleRequest': checkNamed,
  'recado.v1.UpdateRoleRequest': checkNamed,
  'recado.v1.BanUserRequest': ({ reason }: BanUserRequest) => ({
    reason:
      reason === undefined
        ? undefined
        : checkText(reason, limits['recado.v1.BanUserRequest'].reason.maxLength),
  }),
  'recado.v1.UpdateModerationRequest': ({ blockedWords }: UpdateModerationRequest) =>
    Object.fromEntries(
      blockedWords.map((word, index) => [`blocked_words[${index}]`, checkBlockedWord(word)]),
    ),
  'recado.v1.EditMessageRequest': ({ content, data }: EditMessageRequest) => ({
    content: checkText(content, MAX_CONTENT_CHARACTERS),
    data: checkData(data),
  }),
  'recado.v1.AppendToMessageRequest': ({ text, final }: AppendToMessageRequest) => ({
    text:
      checkPart(text, MAX_CONTENT_CHARACTERS) ??
      (text === '' && !final ? 'may be empty only where final is true' : undefined),
  }),
  'recado.v1.AddReactionRequest': checkEmoji,
  'recado.v1.RemoveReactionRequest': checkEmoji,
  'recado.v1.SendMessageRequest': ({ content, data }: SendMessageRequest) => ({
    content: checkText(content, MAX_CONTENT_CHARACTERS),
    data: checkData(data),
  }),
}
