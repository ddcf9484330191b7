/**
 * Why a request or command was refused, by the stable name that every face shows: `google.rpc.ErrorInfo` in gRPC, `reason` in HTTP, on
 * the socket and in refusals. Programs may decide by it; the message beside it is for people and may change. Where nothing more is to
 * be said the reason is the code in upper case.
 */
export const reasons = {
  ACTING_USER_NOT_FOUND: 'unauthenticated: the user named in `recado-user-id` is not there.',
  ANNOUNCEMENT_CHANNEL: 'failed_precondition: the announcement channel is deleted only with its server.',
  BANNED: 'permission_denied: the user is banned from the server; nothing but lifting the ban lets them in.',
  BLOCKED: 'permission_denied: one of the two blocks the other, so neither writes in their direct.',
  BLOCKED_WORD: 'permission_denied: the text holds a word that the server does not want to read.',
  CHANNEL_NOT_FOUND: 'not_found: no channel has this id; said only where no rights are asked about.',
  EPOCH_CHANGED:
    'failed_precondition: seqs of the given epoch mean nothing any more. Begin anew from the head.',
  HAPPENINGS_TRIMMED:
    'failed_precondition: what topics have told after this position is forgotten. Read anew.',
  INVITE_NOT_FOUND: 'not_found: no invite has this code, or it is expired or used up.',
  LEVEL_OF_DIRECT: 'failed_precondition: of a direct one is always told.',
  MESSAGE_DELETED: 'not_found: the message was deleted; it cannot be changed any more.',
  MESSAGE_FINAL: 'failed_precondition: its last part was appended; it grows no more.',
  MESSAGE_NOT_FOUND: 'not_found: no message of the channel has this id, or it is not stored yet.',
  MISSING_PERMISSION: 'permission_denied: a member without the right that this needs.',
  NOT_A_MEMBER:
    'not_found: the server or channel is not there, or not for this user; the two are not told apart.',
  NOT_BELOW_YOU: 'permission_denied: the member or role does not stand below the highest role of who acts.',
  OUTCOME_UNKNOWN:
    'not_found: the try is neither stored nor refused yet, or was refused more than a day ago.',
  OWNER_CANNOT_LEAVE:
    'failed_precondition: the owner stays until the server is given to another member or deleted.',
  OWN_BAN: 'failed_precondition: nobody bans themselves.',
  OWNS_SERVERS: 'failed_precondition: an account that owns servers is not deleted; each is named.',
  PAGE_TOKEN_INVALID:
    'invalid_argument: the token is of another user, call or list. Begin with the first page.',
  PERMISSION_NOT_YOURS: 'permission_denied: a permission would be given that the giver lacks.',
  REPLY_TO_NOT_FOUND: 'not_found: what is answered is not stored in the channel.',
  REQUEST_ID_REUSED:
    'invalid_argument: the `request_id` was given to a request that asked for something else.',
  REVOCATIONS_TRIMMED:
    'failed_precondition: lost rights after this position are forgotten. Check everybody anew.',
  SEARCH_TOO_BROAD: 'resource_exhausted, no wait helps: it finds so much that it takes too long.',
  ROLE_NOT_FOUND: 'not_found: the server has no role with this id.',
  ROLE_OF_EVERYONE: 'failed_precondition: `everyone` keeps its name and place, and every member has it.',
  SESSION_INVALID: 'unauthenticated: the token is wrong, expired or signed out.',
  SIGNED_OUT: 'permission_denied: the session was signed out before its message was stored.',
  SLOW_MODE: 'resource_exhausted: the channel has slow mode. Wait as long as is said.',
  TOKEN_OF_ANOTHER_USER: 'permission_denied: the token to be signed out is not of the acting user.',
  TOO_MANY_BANS: 'resource_exhausted, no wait helps: the server has as many bans as it can.',
  TOO_MANY_BLOCKS: 'resource_exhausted, no wait helps: the user blocks as many as one can.',
  TOO_MANY_CHANNELS: 'resource_exhausted, no wait helps: the server has as many channels as it can.',
  TOO_MANY_DIRECTS: 'resource_exhausted, no wait helps: one of those in it is in 10,000 directs.',
  TOO_MANY_INVITES: 'resource_exhausted, no wait helps: the server has as many usable invites as it can.',
  TOO_MANY_MEMBERS: 'resource_exhausted, no wait helps: the server has as many members as it can.',
  TOO_MANY_OVERRIDES: 'resource_exhausted, no wait helps: the channel has as many overrides as it can.',
  TOO_MANY_ROLES: 'resource_exhausted, no wait helps: the server has as many roles as it can.',
  TOO_MANY_ROLES_OF_MEMBER: 'resource_exhausted, no wait helps: the member has as many roles as they can.',
  TOO_MANY_EDITS: 'resource_exhausted, no wait helps: the text of the message has changed 1,000 times.',
  TOO_MANY_REACTIONS:
    'resource_exhausted, no wait helps: the message has 50 emoji, or this one has 1,000 users.',
  TOO_MANY_SIGN_INS: 'resource_exhausted: too many passwords wait to be checked. Wait as long as is said.',
  USERNAME_TAKEN: 'already_exists: somebody has this name, or one that looks like it.',
  USER_IS_SELF: 'invalid_argument: a direct is with others.',
  USER_NOT_A_MEMBER: 'not_found: the user named is no member of the server.',
  USER_NOT_FOUND: 'not_found: no user has this id.',
  WRONG_CREDENTIALS: 'unauthenticated: the name and the password do not belong together.',
  WRONG_PASSWORD: "permission_denied: the password that confirms it is not the acting user's.",
} as const satisfies Record<string, string>

/** The stable name of a reason. */
export type Reason = keyof typeof reasons
