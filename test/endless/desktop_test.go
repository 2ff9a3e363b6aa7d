package endless

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"traybell/desktop/client"
	"traybell/desktop/settings"
	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// lost is a client.Handler that waits for the end of the first connection.
type lost struct{ why chan string }

func (l lost) Status(s client.Status) {
	if s.Problem != nil {
		select {
		case l.why <- s.Problem.Error():
		default:
		}
	}
}

func (lost) Message(protocol.Message) {}

func ofDesktop() []reader {
	return []reader{
		{"hub's frame", "32 MiB", 140, "", func(t *testing.T) error {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conn, err := websocket.Accept(w, r, nil)
				if err != nil {
					return
				}
				defer conn.CloseNow() //nolint:errcheck // the desktop is gone
				if out, err := conn.Writer(r.Context(), websocket.MessageText); err == nil {
					pour(out, "x")
				}
			}))
			defer server.Close()
			u, err := url.Parse(server.URL)
			if err != nil {
				return err
			}
			port, err := strconv.Atoi(u.Port())
			if err != nil {
				return err
			}
			ctx, stop := context.WithCancel(t.Context())
			l := lost{make(chan string, 1)}
			c := client.New(client.Config{
				Server: u.Hostname(), Port: port, Plain: true, Extension: "101", Desktop: "d",
				Password: func(context.Context) (string, error) { return "p", nil },
			}, l)
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			<-l.why
			stop()
			return <-ended
		}},
		{"settings file", "1 MiB", 6, "is larger than 1 MiB", func(t *testing.T) error {
			path := large(t, settings.FileName, "{")
			_, err := settings.In(filepath.Dir(path)).Load()
			return err
		}},
		{"settings to import", "64 KiB", 4, "problem.file_long", func(*testing.T) error {
			_, wrong := settings.Import([]byte(strings.Repeat(" ", 65<<10)))
			if wrong == nil {
				return errors.New("imported")
			}
			return wrong
		}},
	}
}
