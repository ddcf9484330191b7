// A server for machines without mongod: it speaks MongoDB's wire protocol and keeps its documents in PostgreSQL.
//
// It listens on STAND_IN_LISTEN (host:port) and stores in the database of STAND_IN_DATABASE_URL, which is its own;
// both come through the environment, because arguments are seen by every user of the machine.
// It runs until SIGTERM or SIGINT.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := serve(logger); err != nil {
		logger.Error("the stand-in cannot serve", "error", err)
		os.Exit(1)
	}
}

func serve(logger *slog.Logger) error {
	untilSignal, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer release()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:      ferretdb.ListenerConfig{TCP: os.Getenv("STAND_IN_LISTEN")},
		Handler:       "postgresql",
		PostgreSQLURL: os.Getenv("STAND_IN_DATABASE_URL"),
		Logger:        logger,
	})
	if err != nil {
		return err
	}
	return server.Run(untilSignal)
}
