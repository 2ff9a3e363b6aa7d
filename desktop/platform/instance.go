package platform

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
)

// ErrRunning means that the program runs already for the same settings; it was told what this start
// is for.
var ErrRunning = errors.New("traybell runs already and was told what this start asks for")

// Request is what a start is for: the running program does it where there is one.
type Request struct {
	Open string `json:"open,omitempty"` // a window, as the command line names it; empty with no URL: the settings
	URL  string `json:"url,omitempty"`  // an address that the system handed over: tel:…
}

// longestURL is how much of an address another start hands over; who reads addresses refuses them
// far sooner. longestRequest is what the running program reads.
const (
	longestURL     = 4096
	longestRequest = 8 * longestURL // JSON may write a character in six bytes
)

// Instance is the one running program of a settings folder.
type Instance struct {
	requests requests
}

// requests is how other starts reach the running program: a Unix socket, or a named pipe on
// Windows.
type requests interface {
	// next waits for another start, which writes its request and hangs up.
	next() (io.ReadCloser, error)
	Close() error
}

// BeTheOne makes this program the one for a settings folder; show is called, on a goroutine, with
// the request of each one that is started later. In that later one it hands over the request and
// returns ErrRunning. Any other error means that nobody can tell, and that the program may go on.
func BeTheOne(ctx context.Context, folder string, request Request, show func(Request)) (*Instance, error) {
	if len(request.URL) > longestURL {
		request.URL = request.URL[:longestURL]
	}
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	r, err := firstOrTell(ctx, instanceName(folder), append(text, '\n'))
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := r.next()
			if err != nil {
				return
			}
			show(readRequest(conn))
		}
	}()
	return &Instance{requests: r}, nil
}

// readRequest reads a request; of one that cannot be understood it is known that somebody started
// the program.
func readRequest(conn io.ReadCloser) Request {
	defer func() { _ = conn.Close() }()
	var request Request
	line, err := bufio.NewReader(io.LimitReader(conn, longestRequest)).ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &request) != nil {
		return Request{}
	}
	return request
}

// Close lets another be the one.
func (i *Instance) Close() error { return i.requests.Close() }

// instanceName is the settings folder's, short, as a socket's must be.
func instanceName(folder string) string {
	if full, err := filepath.Abs(folder); err == nil {
		folder = full
	}
	sum := sha256.Sum256([]byte(folder))
	return hex.EncodeToString(sum[:6])
}
