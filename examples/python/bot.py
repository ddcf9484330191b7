"""A bot that writes to a channel and tails it, by gRPC. README.md beside it says how to run it."""

import json
import os
import pathlib
import queue
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent / "gen"))

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from recado.v1 import (
    deliveries_service_pb2,
    deliveries_service_pb2_grpc,
    history_service_pb2,
    history_service_pb2_grpc,
    messages_service_pb2,
    messages_service_pb2_grpc,
    servers_service_pb2,
    servers_service_pb2_grpc,
    users_service_pb2,
    users_service_pb2_grpc,
)

CORE = os.environ.get("RECADO_CORE", "127.0.0.1:4001")
CONSUMER = os.environ.get("RECADO_CONSUMER", "127.0.0.1:4002")
TOKEN = os.environ["RECADO_SERVICE_TOKEN"]
POSITION = pathlib.Path(os.environ.get("RECADO_POSITION", "position.json"))

# A connection that is silently dead is noticed after 10 s + 5 s.
OPTIONS = [("grpc.keepalive_time_ms", 10_000), ("grpc.keepalive_timeout_ms", 5_000)]
PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)


def metadata(user_id=None):
    acting = [("recado-user-id", user_id)] if user_id else []
    return [("authorization", f"Bearer {TOKEN}"), *acting]


def repeat(call, request, user_id=None):
    """Repeats what may pass. Whatever changes something must carry a nonce or a request id, so that a repeat changes nothing more."""
    for attempt in range(8):
        try:
            return call(request, timeout=5, metadata=metadata(user_id))
        except grpc.RpcError as error:
            if error.code() not in PASSING or attempt == 7:
                raise
            time.sleep(min(0.1 * 2**attempt, 5))


def reason_of(error):
    """The stable name of what went wrong, to decide by."""
    for detail in rpc_status.from_call(error).details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ""


def main():
    core = grpc.insecure_channel(CORE, OPTIONS)
    consumer = grpc.insecure_channel(CONSUMER, OPTIONS)
    users = users_service_pb2_grpc.UsersServiceStub(core)
    servers = servers_service_pb2_grpc.ServersServiceStub(core)
    messages = messages_service_pb2_grpc.MessagesServiceStub(core)
    history = history_service_pb2_grpc.HistoryServiceStub(core)
    deliveries = deliveries_service_pb2_grpc.DeliveriesServiceStub(consumer)

    name = f"bot-{uuid.uuid4().hex[:12]}"
    signed_up = users_service_pb2.CreateUserRequest(
        username=name, password="correct horse battery", request_id=str(uuid.uuid4())
    )
    bot = repeat(users.CreateUser, signed_up).user
    made = servers_service_pb2.CreateServerRequest(name="Made in Python", request_id=str(uuid.uuid4()))
    channel_id = repeat(servers.CreateServer, made, bot.id).server.announcement_channel_id

    # 1. Ask for the channel's events, and wait until that is in force: what is stored from then on comes.
    wishes = queue.Queue()
    wishes.put(deliveries_service_pb2.StreamDeliveriesRequest(version=1, add_channel_ids=[channel_id]))
    frames = deliveries.StreamDeliveries(iter(wishes.get, None), metadata=metadata())
    next(frame for frame in frames if frame.in_force == 1)

    # 2. Read what came before, from where this bot was; another epoch is refused, and all must be read anew.
    epoch, seq = read_position(channel_id)
    while True:
        asked = history_service_pb2.ListEventsRequest(channel_id=channel_id, since=seq, epoch=epoch)
        try:
            page = repeat(history.ListEvents, asked)
        except grpc.RpcError as error:
            if reason_of(error) != "EPOCH_CHANGED":
                raise
            epoch, seq = None, 0
            continue
        epoch = page.head.epoch
        for event in page.events:
            seq = take(event, seq)
        if not page.has_more:
            break

    text = messages_service_pb2.SendMessageRequest(channel_id=channel_id, content="Olá!", nonce="first")
    sent = repeat(messages.SendMessage, text, bot.id)
    print("accepted", sent.id)

    # 3. Take what comes, once each and in order: a repeat is at or below `seq`, a gap is read by ListEvents.
    for frame in frames:
        for event in frame.events:
            if event.epoch != epoch or event.seq > seq + 1:
                sys.exit("missed something: begin again with 2")
            seq = take(event, seq)
        write_position(channel_id, epoch, seq)
        if seq > 0:
            break
    wishes.put(None)
    frames.cancel()

    page = repeat(history.ListMessages, history_service_pb2.ListMessagesRequest(channel_id=channel_id), bot.id)
    print("history", [(message.seq, message.content) for message in page.messages])


def take(event, seq):
    """Works on one event, and on none twice."""
    if event.seq <= seq:
        return seq
    if event.WhichOneof("what") == "message":
        print("event", event.seq, event.message.content)
    return event.seq


def read_position(channel_id):
    kept = json.loads(POSITION.read_text()) if POSITION.exists() else {}
    return tuple(kept.get(channel_id, (None, 0)))


def write_position(channel_id, epoch, seq):
    kept = json.loads(POSITION.read_text()) if POSITION.exists() else {}
    POSITION.write_text(json.dumps({**kept, channel_id: (epoch, seq)}))


main()
