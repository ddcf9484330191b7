// Made by `npm run gen` from the rules in proto/. Do not edit.

/** The limits of each field, by message and by the names of JSON Schema. Lengths are in code points. */
export const limits = {
  "recado.v1.OpenDirectRequest": {
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.CreateGroupDirectRequest": {
    "user_ids": {
      "minItems": 2,
      "maxItems": 9,
      "uniqueItems": true,
      "items": {
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[^\\u0000]*$"
      }
    },
    "request_id": {
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ListDirectsRequest": {
    "page_size": {
      "minimum": 0,
      "maximum": 100
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.MarkReadRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "seq": {
      "minimum": 0,
      "maximum": 9007199254740991
    }
  },
  "recado.v1.ListUnreadRequest": {
    "page_size": {
      "minimum": 0,
      "maximum": 1000
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.ListBootRequest": {
    "page_size": {
      "minimum": 0,
      "maximum": 100
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.SetServerLevelRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "level": {}
  },
  "recado.v1.SetChannelLevelRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "level": {}
  },
  "recado.v1.ListNotificationsRequest": {
    "page_size": {
      "minimum": 0,
      "maximum": 100
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.CreateUserRequest": {
    "username": {
      "minLength": 1,
      "maxLength": 32,
      "pattern": "^[^\\u0000]*$"
    },
    "password": {
      "minLength": 8,
      "maxLength": 256,
      "pattern": "^[^\\u0000]*$"
    },
    "request_id": {
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.CreateSessionRequest": {
    "username": {
      "maxLength": 1024
    },
    "password": {
      "maxLength": 1024
    }
  },
  "recado.v1.DeleteSessionRequest": {
    "token": {
      "maxLength": 4096
    }
  },
  "recado.v1.VerifySessionRequest": {
    "token": {
      "maxLength": 4096
    }
  },
  "recado.v1.GetUserRequest": {
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.RenewSessionRequest": {
    "token": {
      "maxLength": 4096
    }
  },
  "recado.v1.ListUsersRequest": {
    "username": {
      "minLength": 1,
      "maxLength": 1024
    }
  },
  "recado.v1.UpdateUserRequest": {
    "display_name": {
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    },
    "about": {
      "maxLength": 500,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.UpdatePasswordRequest": {
    "current_password": {
      "maxLength": 1024
    },
    "new_password": {
      "minLength": 8,
      "maxLength": 256,
      "pattern": "^[^\\u0000]*$"
    },
    "token": {
      "maxLength": 4096
    }
  },
  "recado.v1.CreateBlockRequest": {
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.DeleteBlockRequest": {
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ListBlocksRequest": {
    "page_size": {
      "minimum": 0,
      "maximum": 1000
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.ListOwnRecordsRequest": {
    "page_size": {
      "minimum": 0,
      "maximum": 1000
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.DeleteUserRequest": {
    "password": {
      "maxLength": 1024
    }
  },
  "recado.internal.v1.VerifySessionsRequest": {
    "tokens": {
      "maxItems": 1000,
      "items": {
        "maxLength": 4096
      }
    }
  },
  "recado.internal.v1.AuthorizeJoinsRequest": {
    "joins": {
      "maxItems": 1000
    }
  },
  "recado.internal.v1.JoinWish": {
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "channel_id": {
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "server_id": {
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "since": {
      "minimum": 0,
      "maximum": 9007199254740991
    }
  },
  "recado.internal.v1.NotifyMessagesRequest": {
    "messages": {
      "maxItems": 1000
    }
  },
  "recado.internal.v1.ListNoticesRequest": {
    "notices": {
      "maxItems": 1000
    }
  },
  "recado.internal.v1.UserNotice": {
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "message_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.internal.v1.ListParticipantsRequest": {
    "channel_ids": {
      "maxItems": 1000,
      "items": {
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[^\\u0000]*$"
      }
    }
  },
  "recado.internal.v1.MarkReadsRequest": {
    "marks": {
      "maxItems": 1000
    }
  },
  "recado.internal.v1.UserReadMark": {
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "seq": {
      "minimum": 0,
      "maximum": 9007199254740991
    }
  },
  "recado.internal.v1.ResolveRecipientRequest": {
    "sender_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.internal.v1.ListHappeningsRequest": {
    "after": {
      "minimum": 0,
      "maximum": 9007199254740991
    }
  },
  "recado.internal.v1.ListRevocationsRequest": {
    "after": {
      "minimum": 0,
      "maximum": 9007199254740991
    }
  },
  "recado.internal.v1.ListHeadsRequest": {
    "channel_ids": {
      "maxItems": 10000,
      "items": {
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[^\\u0000]*$"
      }
    }
  },
  "recado.internal.v1.ListOutcomesRequest": {
    "attempts": {
      "maxItems": 100
    }
  },
  "recado.internal.v1.AttemptRef": {
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "attempt": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.StreamDeliveriesRequest": {
    "origin": {
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "add_channel_ids": {
      "maxItems": 10000,
      "items": {
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[^\\u0000]*$"
      }
    },
    "remove_channel_ids": {
      "maxItems": 10000,
      "items": {
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[^\\u0000]*$"
      }
    }
  },
  "recado.v1.ListMessagesRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "limit": {
      "minimum": 0,
      "maximum": 100
    },
    "before": {
      "minimum": 0,
      "maximum": 9007199254740991
    },
    "after": {
      "minimum": 0,
      "maximum": 9007199254740991
    },
    "around": {
      "minimum": 0,
      "maximum": 9007199254740991
    }
  },
  "recado.v1.ListEventsRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "since": {
      "minimum": 0,
      "maximum": 9007199254740991
    },
    "limit": {
      "minimum": 0,
      "maximum": 1000
    },
    "epoch": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.CreateInviteRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "expires_in_s": {
      "minimum": 1,
      "maximum": 31536000
    },
    "max_uses": {
      "minimum": 1,
      "maximum": 1000000
    },
    "request_id": {
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ListInvitesRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "page_size": {
      "minimum": 0,
      "maximum": 1000
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.GetInviteRequest": {
    "code": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.AcceptInviteRequest": {
    "code": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.DeleteInviteRequest": {
    "code": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.SendMessageRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "content": {
      "minLength": 1,
      "maxLength": 4000,
      "pattern": "^[^\\u0000]*$"
    },
    "nonce": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    },
    "reply_to": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "data": {
      "maxBytes": 8192
    },
    "sent_at": {},
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.EditMessageRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "content": {
      "minLength": 1,
      "maxLength": 4000,
      "pattern": "^[^\\u0000]*$"
    },
    "data": {
      "maxBytes": 8192
    },
    "nonce": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.AppendToMessageRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "text": {
      "maxLength": 4000,
      "pattern": "^[^\\u0000]*$"
    },
    "nonce": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.DeleteMessageRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "nonce": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.AddReactionRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "emoji": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    },
    "nonce": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.RemoveReactionRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "emoji": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    },
    "nonce": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.GetMessageRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.GetOutcomeRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "attempt": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ValidateMessagesRequest": {
    "candidates": {
      "maxItems": 1000
    }
  },
  "recado.v1.Candidate": {
    "sender_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "content": {
      "maxLength": 4000,
      "pattern": "^[^\\u0000]*$"
    },
    "session_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "reply_to": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "kind": {},
    "message_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "emoji": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    },
    "nonce": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.BanUserRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "reason": {
      "minLength": 1,
      "maxLength": 500,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.UnbanUserRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ListBansRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "page_size": {
      "minimum": 0,
      "maximum": 1000
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.ListAuditEntriesRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "page_size": {
      "minimum": 0,
      "maximum": 1000
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.QueuedCommand": {
    "sender_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "message": {
      "minLength": 1,
      "maxLength": 4000,
      "pattern": "^[^\\u0000]*$"
    },
    "timestamp": {},
    "nonce": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    },
    "reply_to": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "attempt": {
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "origin": {
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "traceparent": {
      "maxLength": 256
    },
    "session_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "data": {
      "maxBytes": 8192
    },
    "sent_at": {}
  },
  "recado.v1.EditCommand": {
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "content": {
      "minLength": 1,
      "maxLength": 4000,
      "pattern": "^[^\\u0000]*$"
    },
    "data": {
      "maxBytes": 8192
    }
  },
  "recado.v1.AppendCommand": {
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "text": {
      "maxLength": 4000,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.DeleteCommand": {
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ReactCommand": {
    "id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "emoji": {
      "minLength": 1,
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ListRolesRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "page_size": {
      "minimum": 0,
      "maximum": 250
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.CreateRoleRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "name": {
      "minLength": 1,
      "maxLength": 100,
      "pattern": "^[^\\u0000]*$"
    },
    "permissions": {
      "maxItems": 12,
      "uniqueItems": true,
      "items": {}
    },
    "request_id": {
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.Permissions": {
    "permissions": {
      "maxItems": 12,
      "uniqueItems": true,
      "items": {}
    }
  },
  "recado.v1.UpdateRoleRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "role_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "name": {
      "minLength": 1,
      "maxLength": 100,
      "pattern": "^[^\\u0000]*$"
    },
    "position": {
      "minimum": 1,
      "maximum": 1000
    }
  },
  "recado.v1.DeleteRoleRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "role_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.AddMemberRoleRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "role_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.RemoveMemberRoleRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "role_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.SetOverrideRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "role_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "allow": {
      "maxItems": 12,
      "uniqueItems": true,
      "items": {}
    },
    "deny": {
      "maxItems": 12,
      "uniqueItems": true,
      "items": {}
    }
  },
  "recado.v1.DeleteOverrideRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "role_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.SearchMessagesRequest": {
    "query": {
      "minLength": 1,
      "maxLength": 200,
      "pattern": "^[^\\u0000]*$"
    },
    "server_id": {
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "channel_id": {
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "author_id": {
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "before": {},
    "after": {},
    "page_size": {
      "minimum": 0,
      "maximum": 50
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.CreateServerRequest": {
    "name": {
      "minLength": 1,
      "maxLength": 100,
      "pattern": "^[^\\u0000]*$"
    },
    "member_ids": {
      "maxItems": 1000,
      "items": {
        "minLength": 1,
        "maxLength": 128,
        "pattern": "^[^\\u0000]*$"
      }
    },
    "request_id": {
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.GetServerRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ListServersRequest": {
    "page_size": {
      "minimum": 0,
      "maximum": 100
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.UpdateServerRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "name": {
      "minLength": 1,
      "maxLength": 100,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.DeleteServerRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.TransferServerRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.CreateChannelRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "name": {
      "minLength": 1,
      "maxLength": 100,
      "pattern": "^[^\\u0000]*$"
    },
    "request_id": {
      "maxLength": 64,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.GetServerChannelRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.UpdateChannelRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "name": {
      "minLength": 1,
      "maxLength": 100,
      "pattern": "^[^\\u0000]*$"
    },
    "topic": {
      "maxLength": 1000,
      "pattern": "^[^\\u0000]*$"
    },
    "slow_mode_s": {
      "minimum": 0,
      "maximum": 21600
    }
  },
  "recado.v1.DeleteChannelRequest": {
    "channel_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.ListMembersRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "page_size": {
      "minimum": 0,
      "maximum": 1000
    },
    "page_token": {
      "maxLength": 1024
    }
  },
  "recado.v1.AddMemberRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.RemoveMemberRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "user_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.UpdateModerationRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "blocked_words": {
      "maxItems": 1000,
      "items": {
        "minLength": 1,
        "maxLength": 64,
        "pattern": "^[^\\u0000]*$"
      }
    }
  },
  "recado.v1.GetModerationRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    }
  },
  "recado.v1.UpdateRetentionRequest": {
    "server_id": {
      "minLength": 1,
      "maxLength": 128,
      "pattern": "^[^\\u0000]*$"
    },
    "days": {
      "minimum": 1,
      "maximum": 3650
    }
  }
} as const
