package platform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// ErrRunning means that the program runs already for the same settings; it was asked to show itself.
var ErrRunning = errors.New("traybell runs already and was asked to show its window")

// Instance is the one running program of a settings folder. A second start finds it by a socket and asks it to show itself.
type Instance struct {
	listener net.Listener
}

// BeTheOne makes this program the one for a settings folder; show is called, on a goroutine, each time that a second one is started. It returns
// ErrRunning in that second one. Any other error means that nobody can tell, and that the program may go on.
func BeTheOne(ctx context.Context, folder string, show func()) (*Instance, error) {
	path := instancePath(folder)
	dialer := net.Dialer{Timeout: time.Second}
	if conn, err := dialer.DialContext(ctx, "unix", path); err == nil {
		return nil, errors.Join(ErrRunning, conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // of one that was killed
		return nil, fmt.Errorf("single instance: %w", err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close() // coming is all there is to say
			show()
		}
	}()
	return &Instance{listener: listener}, nil
}

// Close lets another be the one.
func (i *Instance) Close() error { return i.listener.Close() }

// instancePath is short, as a socket's path must be, whatever the folder's is.
func instancePath(folder string) string {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = os.TempDir()
	}
	if full, err := filepath.Abs(folder); err == nil {
		folder = full
	}
	sum := sha256.Sum256([]byte(folder))
	return filepath.Join(dir, fmt.Sprintf("traybell-%d-%s.sock", os.Getuid(), hex.EncodeToString(sum[:6])))
}
