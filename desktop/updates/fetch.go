package updates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"traybell/shared/release"
)

const (
	tries   = 5                // of a download that is cut
	silence = 30 * time.Second // of the hub during a download
	maxFile = 512 << 20        // bytes
	partly  = ".part"
)

// pause is before a try that follows a failed one; tests shorten it.
var pause = 2 * time.Second

// fetch downloads a file and returns its path. What an earlier call has got of the same file is
// kept; a file with another content than the signed one is removed.
func (u Updater) fetch(ctx context.Context, file release.File) (string, error) {
	if err := os.MkdirAll(u.Folder, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(u.Folder, file.SHA256+partly)
	old, _ := filepath.Glob(filepath.Join(u.Folder, "*"+partly))
	for _, other := range old {
		if other != path {
			_ = os.Remove(other)
		}
	}
	for try := 1; ; try++ {
		err := u.more(ctx, file, path)
		if err == nil {
			break
		}
		if DiskFull(err) {
			_ = os.Remove(path)
			return "", err
		}
		if final(err) || try == tries || ctx.Err() != nil {
			return "", err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	digest, err := sum(path)
	if err == nil && digest != file.SHA256 {
		err = ErrChanged
	}
	if err != nil {
		_ = os.Remove(path)
		return "", err
	}
	return path, nil
}

// final reports whether another try cannot help.
func final(err error) bool {
	if status, ok := errors.AsType[*statusError](err); ok {
		return status.code != http.StatusServiceUnavailable // busy
	}
	return errors.Is(err, ErrChanged)
}

// more adds what is missing of a file.
func (u Updater) more(ctx context.Context, file release.File, path string) (err error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	resp, err := u.get(ctx, file.Name, have)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	switch resp.StatusCode {
	case http.StatusPartialContent:
		var from int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-", &from); err != nil || from != have {
			return errors.Join(out.Truncate(0), errors.New("the hub sends another part of the file"))
		}
	case http.StatusOK:
		if have > 0 { // it sends the whole file
			if _, err := out.Seek(0, io.SeekStart); err != nil {
				return err
			}
			if err := out.Truncate(0); err != nil {
				return err
			}
			have = 0
		}
	case http.StatusRequestedRangeNotSatisfiable: // all of it is here
		return nil
	default:
		return &statusError{file.Name, resp.StatusCode}
	}
	quiet := time.AfterFunc(silence, stop)
	defer quiet.Stop()
	n, err := io.Copy(out, io.LimitReader(&heard{resp.Body, quiet}, maxFile-have+1))
	if err == nil && have+n > maxFile {
		err = errors.Join(out.Truncate(0), ErrChanged)
	}
	return err
}

// heard resets a timer with everything that is read.
type heard struct {
	io.Reader
	quiet *time.Timer
}

func (h *heard) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if n > 0 {
		h.quiet.Reset(silence)
	}
	return n, err
}

func sum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// DiskFull reports whether an error means that the disk is full.
func DiskFull(err error) bool {
	const windowsDiskFull = syscall.Errno(112) // ERROR_DISK_FULL
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		runtime.GOOS == "windows" && errors.Is(err, windowsDiskFull)
}
