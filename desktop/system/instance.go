package system

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"time"
)

// ErrRunning means that another instance with the same settings runs. It got this start's request.
var ErrRunning = errors.New("traybell is already running and got the request")

// Request is the purpose of a start. A running instance handles it.
type Request struct {
	Open string `json:"open,omitempty"` // window, as named on the command line; if both are empty: the settings
	URL  string `json:"url,omitempty"`  // URL from the system: tel:…
	Quit bool   `json:"quit,omitempty"` // end
}

// maxURL limits the URL that another start passes on; handlers of URLs accept far less. maxRequest
// limits what the running instance reads.
const (
	maxURL         = 4096
	maxRequestSize = 8 * maxURL // JSON may need six bytes for a character
)

// Instance is the only running instance for a settings folder.
type Instance struct {
	listener listener
}

// listener receives requests of other starts: a Unix socket, or a named pipe on Windows.
type listener interface {
	// next waits for another start, which writes its request and closes.
	next() (io.ReadCloser, error)
	Close() error
}

// Acquire makes this program the only instance for a settings folder. handle is called on a
// goroutine of the instance with the request of each later start. If an instance exists already,
// Acquire passes the request on and returns ErrRunning. On any other error the check failed, and
// the program may continue.
func Acquire(ctx context.Context, folder string, request Request, handle func(Request)) (*Instance, error) {
	if len(request.URL) > maxURL {
		request.URL = request.URL[:maxURL]
	}
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	r, err := listenOrSend(ctx, instanceName(folder), append(text, '\n'))
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := r.next()
			if err != nil {
				return
			}
			handle(readRequest(conn))
		}
	}()
	return &Instance{listener: r}, nil
}

// Quit has the running instance of a settings folder end, and waits for it until ctx ends.
func Quit(ctx context.Context, folder string) error {
	for {
		instance, err := Acquire(ctx, folder, Request{Quit: true}, func(Request) {})
		if err == nil {
			return instance.Close()
		}
		if !errors.Is(err, ErrRunning) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// readRequest reads a request. An invalid one still means that the program was started.
func readRequest(conn io.ReadCloser) Request {
	defer func() { _ = conn.Close() }()
	var request Request
	line, err := bufio.NewReader(io.LimitReader(conn, maxRequestSize)).ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &request) != nil {
		return Request{}
	}
	return request
}

// Close releases the settings folder.
func (i *Instance) Close() error { return i.listener.Close() }

// instanceName is a short hash of the settings folder, as paths of sockets are limited.
func instanceName(folder string) string {
	if full, err := filepath.Abs(folder); err == nil {
		folder = full
	}
	sum := sha256.Sum256([]byte(folder))
	return hex.EncodeToString(sum[:6])
}
