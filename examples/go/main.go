// A bot that writes to a channel and tails it, by gRPC. README.md beside it says how to run it.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	recado "recado/gen/recado/v1"
)

// position is how far a channel was read: keep both.
type position struct {
	Epoch string `json:"epoch"`
	Seq   int64  `json:"seq"`
}

func main() {
	core := dial(setting("RECADO_CORE", "127.0.0.1:4001"))
	consumer := dial(setting("RECADO_CONSUMER", "127.0.0.1:4002"))
	users := recado.NewUsersServiceClient(core)
	servers := recado.NewServersServiceClient(core)
	messages := recado.NewMessagesServiceClient(core)
	history := recado.NewHistoryServiceClient(core)

	signedUp, err := repeat("", users.CreateUser, &recado.CreateUserRequest{
		Username: "bot-" + rand.Text()[:12], Password: "correct horse battery", RequestId: rand.Text(),
	})
	must(err)
	bot := signedUp.User.Id
	made, err := repeat(bot, servers.CreateServer, &recado.CreateServerRequest{Name: "Made in Go", RequestId: rand.Text()})
	must(err)
	channel := made.Server.AnnouncementChannelId

	// 1. Ask for the channel's events, and wait until that is in force: what is stored from then on comes.
	frames, err := recado.NewDeliveriesServiceClient(consumer).StreamDeliveries(as(context.Background(), ""))
	must(err)
	must(frames.Send(&recado.StreamDeliveriesRequest{Version: 1, AddChannelIds: []string{channel}}))
	for {
		frame, err := frames.Recv()
		must(err)
		if frame.InForce == 1 {
			break
		}
	}

	// 2. Read what came before, from where this bot was; another epoch is refused, and all must be read anew.
	at := readPosition(channel)
	for {
		asked := &recado.ListEventsRequest{ChannelId: channel, Since: at.Seq}
		if at.Epoch != "" {
			asked.Epoch = &at.Epoch
		}
		page, err := repeat("", history.ListEvents, asked)
		if reasonOf(err) == "EPOCH_CHANGED" {
			at = position{}
			continue
		}
		must(err)
		at.Epoch = page.Head.Epoch
		for _, event := range page.Events {
			take(event, &at)
		}
		if !page.HasMore {
			break
		}
	}

	nonce := "first"
	sent, err := repeat(bot, messages.SendMessage, &recado.SendMessageRequest{ChannelId: channel, Content: "Olá!", Nonce: &nonce})
	must(err)
	fmt.Println("accepted", sent.Id)

	// 3. Take what comes, once each and in order: a repeat is at or below the seq, a gap is read by ListEvents.
	for at.Seq == 0 {
		frame, err := frames.Recv()
		must(err)
		for _, event := range frame.Events {
			if event.Epoch != at.Epoch || event.Seq > at.Seq+1 {
				log.Fatal("missed something: begin again with 2")
			}
			take(event, &at)
		}
		writePosition(channel, at)
	}
	must(frames.CloseSend())

	page, err := repeat(bot, history.ListMessages, &recado.ListMessagesRequest{ChannelId: channel})
	must(err)
	for _, message := range page.Messages {
		fmt.Println("history", message.Seq, message.Content)
	}
}

// take works on one event, and on none twice.
func take(event *recado.Event, at *position) {
	if event.Seq <= at.Seq {
		return
	}
	if message := event.GetMessage(); message != nil {
		fmt.Println("event", event.Seq, message.Content)
	}
	at.Seq = event.Seq
}

// dial connects; a connection that is silently dead is noticed after 10 s + 5 s.
func dial(address string) *grpc.ClientConn {
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}))
	must(err)
	return connection
}

// as adds the service token, and the acting user where there is one.
func as(ctx context.Context, user string) context.Context {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+os.Getenv("RECADO_SERVICE_TOKEN"))
	if user == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "recado-user-id", user)
}

// repeat tries again what may pass. Whatever changes something must carry a nonce or a request id, so that a repeat changes nothing more.
func repeat[Q, A any](user string, call func(context.Context, Q, ...grpc.CallOption) (A, error), request Q) (A, error) {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		ctx, cancel := context.WithTimeout(as(context.Background(), user), 5*time.Second)
		answer, err := call(ctx, request)
		cancel()
		switch status.Code(err) {
		case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
			time.Sleep(wait)
		default:
			return answer, err
		}
	}
}

// reasonOf is the stable name of what went wrong, to decide by.
func reasonOf(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.Reason
		}
	}
	return ""
}

const file = "position.json"

func readPosition(channel string) position {
	kept := map[string]position{}
	if bytes, err := os.ReadFile(file); err == nil {
		must(json.Unmarshal(bytes, &kept))
	}
	return kept[channel]
}

func writePosition(channel string, at position) {
	bytes, err := json.Marshal(map[string]position{channel: at})
	must(err)
	must(os.WriteFile(file, bytes, 0o600))
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
