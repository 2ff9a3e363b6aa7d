package app

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"traybell/hub/directory"
	"traybell/hub/fail"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// unreadable is a directory that is never read.
type unreadable struct{}

func (unreadable) Name() string { return "crm" }

func (unreadable) Read(context.Context, func(protocol.Customer), func(directory.Problem)) error {
	return context.DeadlineExceeded
}

// A search for a number says that a directory is missing; it is no error of the hub.
func TestSearchBeforeADirectoryIsRead(t *testing.T) {
	numbers, err := phone.NewReader("RU", nil)
	if err != nil {
		t.Fatal(err)
	}
	var d directories
	d.current.Store(directory.New(numbers, slog.New(slog.DiscardHandler), directory.Feed{Source: unreadable{}}))
	_, err = adminDirectories{&d}.Search(t.Context(), "+7 495 123-45-67", 10)
	if f := fail.Of(err); f == nil || f.Code != fail.Busy || !f.Retry || !strings.Contains(f.Error(), "crm") {
		t.Errorf("%+v", f)
	}
}
