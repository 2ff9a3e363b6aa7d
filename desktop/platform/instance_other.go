//go:build !windows

package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

// handOver is how long two programs take to hand over a request.
const handOver = time.Second

// firstOrTell listens on the folder's socket, or writes to whoever does.
func firstOrTell(ctx context.Context, name string, request []byte) (requests, error) {
	path := socketPath(name)
	dialer := net.Dialer{Timeout: handOver}
	if conn, err := dialer.DialContext(ctx, "unix", path); err == nil {
		_ = conn.SetDeadline(time.Now().Add(handOver))
		_, err := conn.Write(request)
		return nil, errors.Join(ErrRunning, err, conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // of one that was killed
		return nil, fmt.Errorf("single instance: %w", err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	return socket{listener}, nil
}

type socket struct{ net.Listener }

func (s socket) next() (io.ReadCloser, error) {
	conn, err := s.Accept()
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(handOver))
	return conn, nil
}

func socketPath(name string) string {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = os.TempDir()
	}
	return filepath.Join(dir, fmt.Sprintf("traybell-%d-%s.sock", os.Getuid(), name))
}
