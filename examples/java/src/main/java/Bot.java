import static java.util.concurrent.TimeUnit.SECONDS;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import recado.v1.*;

/** A bot that writes to a channel and tails it, by gRPC. README.md beside it says how to run it. */
public class Bot {
  /** How far the channel was read. A bot that lives on keeps both. */
  private static String epoch = "";
  private static long seq = 0;

  public static void main(String[] args) throws Exception {
    ManagedChannel core = dial(setting("RECADO_CORE", "127.0.0.1:4001"));
    ManagedChannel consumer = dial(setting("RECADO_CONSUMER", "127.0.0.1:4002"));
    var users = as(UsersServiceGrpc.newBlockingStub(core), null);

    var signedUp = CreateUserRequest.newBuilder().setUsername("bot-" + UUID.randomUUID().toString().substring(0, 12))
        .setPassword("correct horse battery").setRequestId(UUID.randomUUID().toString()).build();
    String bot = repeat(() -> users.withDeadlineAfter(5, SECONDS).createUser(signedUp)).getUser().getId();
    var servers = as(ServersServiceGrpc.newBlockingStub(core), bot);
    var messages = as(MessagesServiceGrpc.newBlockingStub(core), bot);
    var history = as(HistoryServiceGrpc.newBlockingStub(core), bot);
    var made = CreateServerRequest.newBuilder().setName("Made in Java").setRequestId(UUID.randomUUID().toString()).build();
    String channel = repeat(() -> servers.withDeadlineAfter(5, SECONDS).createServer(made)).getServer().getAnnouncementChannelId();

    // 1. Ask for the channel's events, and wait until that is in force: what is stored from then on comes.
    var frames = new LinkedBlockingQueue<StreamDeliveriesResponse>(1_000);
    var wishes = as(DeliveriesServiceGrpc.newStub(consumer), null).streamDeliveries(into(frames));
    wishes.onNext(StreamDeliveriesRequest.newBuilder().setVersion(1).addAddChannelIds(channel).build());
    while (frames.take().getInForce() != 1) {}

    // 2. Read what came before, from where this bot was; another epoch is refused, and all must be read anew.
    for (boolean hasMore = true; hasMore; ) {
      var asked = ListEventsRequest.newBuilder().setChannelId(channel).setSince(seq);
      if (!epoch.isEmpty()) asked.setEpoch(epoch);
      try {
        var page = repeat(() -> history.withDeadlineAfter(5, SECONDS).listEvents(asked.build()));
        epoch = page.getHead().getEpoch();
        page.getEventsList().forEach(Bot::take);
        hasMore = page.getHasMore();
      } catch (StatusRuntimeException error) {
        if (!reasonOf(error).equals("EPOCH_CHANGED")) throw error;
        epoch = "";
        seq = 0;
      }
    }

    var text = SendMessageRequest.newBuilder().setChannelId(channel).setContent("Olá!").setNonce("first").build();
    System.out.println("accepted " + repeat(() -> messages.withDeadlineAfter(5, SECONDS).sendMessage(text)).getId());

    // 3. Take what comes, once each and in order: a repeat is at or below the seq, a gap is read by ListEvents.
    while (seq == 0) {
      for (Event event : frames.take().getEventsList()) {
        if (!event.getEpoch().equals(epoch) || event.getSeq() > seq + 1)
          throw new IllegalStateException("missed something: begin again with 2");
        take(event);
      }
    }
    wishes.onCompleted();

    var page = repeat(() -> history.withDeadlineAfter(5, SECONDS)
        .listMessages(ListMessagesRequest.newBuilder().setChannelId(channel).build()));
    page.getMessagesList().forEach(message -> System.out.println("history " + message.getSeq() + " " + message.getContent()));
    core.shutdownNow().awaitTermination(5, SECONDS);
    consumer.shutdownNow().awaitTermination(5, SECONDS);
  }

  /** Works on one event, and on none twice. */
  private static void take(Event event) {
    if (event.getSeq() <= seq) return;
    if (event.hasMessage()) System.out.println("event " + event.getSeq() + " " + event.getMessage().getContent());
    seq = event.getSeq();
  }

  /** Connects; a connection that is silently dead is noticed after 10 s + 5 s. */
  private static ManagedChannel dial(String address) {
    return NettyChannelBuilder.forTarget(address).usePlaintext().keepAliveTime(10, SECONDS).keepAliveTimeout(5, SECONDS).build();
  }

  /** Adds the service token, and the acting user where there is one. */
  private static <S extends AbstractStub<S>> S as(S stub, String user) {
    var headers = new Metadata();
    headers.put(key("authorization"), "Bearer " + System.getenv("RECADO_SERVICE_TOKEN"));
    if (user != null) headers.put(key("recado-user-id"), user);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** Repeats what may pass. Whatever changes something must carry a nonce or a request id, so that a repeat changes nothing more. */
  private static <A> A repeat(Supplier<A> call) throws InterruptedException {
    for (long waitMs = 100; ; waitMs = Math.min(2 * waitMs, 5_000)) {
      try {
        return call.get();
      } catch (StatusRuntimeException error) {
        switch (error.getStatus().getCode()) {
          case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED -> Thread.sleep(waitMs);
          default -> throw error;
        }
      }
    }
  }

  /** The stable name of what went wrong, to decide by. */
  private static String reasonOf(StatusRuntimeException error) {
    var status = StatusProto.fromThrowable(error);
    if (status == null) return "";
    try {
      for (var detail : status.getDetailsList())
        if (detail.is(com.google.rpc.ErrorInfo.class)) return detail.unpack(com.google.rpc.ErrorInfo.class).getReason();
    } catch (com.google.protobuf.InvalidProtocolBufferException unreadable) {
      return "";
    }
    return "";
  }

  /** Frames wait here until they are taken; a full queue holds the stream back. */
  private static StreamObserver<StreamDeliveriesResponse> into(BlockingQueue<StreamDeliveriesResponse> frames) {
    return new StreamObserver<>() {
      @Override public void onNext(StreamDeliveriesResponse frame) {
        try {
          frames.put(frame);
        } catch (InterruptedException stopped) {
          Thread.currentThread().interrupt();
        }
      }
      @Override public void onError(Throwable error) {
        if (Status.fromThrowable(error).getCode() != Status.Code.UNAVAILABLE) error.printStackTrace();
      }
      @Override public void onCompleted() {}
    };
  }

  private static String setting(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }
}
