//go:build !windows

package system

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// handOver limits the time to pass on a request.
const handOver = time.Second

// listenOrSend listens on the folder's socket, or sends the request to the running instance.
func listenOrSend(ctx context.Context, name string, request []byte) (listener, error) {
	dir, err := socketFolder()
	if err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	path := filepath.Join(dir, fmt.Sprintf("traybell-%d-%s.sock", os.Getuid(), name))
	unlock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("single instance: %w", err)
	}
	defer unlock()
	dialer := net.Dialer{Timeout: handOver}
	if conn, err := dialer.DialContext(ctx, "unix", path); err == nil {
		_ = conn.SetDeadline(time.Now().Add(handOver))
		_, err := conn.Write(request)
		return nil, errors.Join(ErrRunning, err, conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // left by a killed instance
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

// lockFile serializes concurrent starts: each of two might take the other's socket for a stale one.
func lockFile(path string) (unlock func(), err error) {
	lock, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
		switch {
		case errors.Is(err, syscall.EINTR): // Go interrupts its own threads
			continue
		case err != nil:
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), lock.Close())
		}
		return func() { _ = lock.Close() }, nil
	}
}

// socketFolder returns the user's runtime folder. Sessions without one get a folder in the
// temporary folder. It is trusted only if no other user can write to it: a foreign socket there
// would receive this user's requests and keep the program from starting.
func socketFolder() (string, error) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return dir, nil
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("traybell-%d", os.Getuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if of, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ok ||
		int(of.Uid) != os.Getuid() {
		return "", fmt.Errorf("%s is accessible to other users", dir)
	}
	return dir, nil
}
