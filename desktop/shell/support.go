package shell

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"traybell/desktop/crash"
	"traybell/desktop/model"
	"traybell/shared/phone/masked"

	"github.com/pkg/browser"
)

// keyringWithin is how long the keyring is asked for the password, so that it does not get into the
// archive. Of a keyring that is locked or hangs the program had none to write down.
const keyringWithin = 10 * time.Second

// mostSupport is how much of the end of each file is taken.
const mostSupport = 2 << 20

// watch has crashes reported and the program started again after them. It tells when this start is
// such a one.
func (s *shell) watch() {
	if !s.opts.Watch {
		return
	}
	if err := crash.Watch(filepath.Dir(s.logPath), "traybell "+s.opts.Version+" on "+runtime.GOOS+"/"+
		runtime.GOARCH); err != nil {
		s.log.Warn("a crash would leave no report", "error", err)
	}
	if report := crash.Report(); report != "" {
		s.log.Error("the program crashed and was started again", "report", report)
		s.notices = append(s.notices, ownNotice("crashed", "notice.crashed", s.texts.Say("notice.crashed_why")))
	}
}

// support collects what somebody who helps wants to see into an archive, and shows the folder that
// it is in. About is what the window of that name says. It may be called on any goroutine and
// returns at once.
func (s *shell) support(about string) {
	s.post(func() {
		secrets := []string{s.secret, s.opts.Password}
		force := s.inForce()
		go func() {
			ctx, cancel := context.WithTimeout(s.ctx, keyringWithin)
			if password, err := s.keyring.Password(ctx, account(force)); err == nil {
				secrets = append(secrets, password)
			}
			cancel()
			path, err := collect(home(), time.Now(), about, s.supportFiles(), secrets)
			s.post(func() {
				if err != nil {
					s.log.Error("nothing was collected for support", "error", err)
					s.notice("support", "notice.support_failed", err.Error())
					return
				}
				s.log.Info("collected for support", "file", path)
				s.notice("support", model.TitleCollected, path)
			})
			if err == nil {
				_ = browser.OpenFile(filepath.Dir(path)) // the notice names it, for who has no file manager
			}
		}()
	})
}

func (s *shell) supportFiles() []string {
	files := []string{s.file.Path()}
	if s.logPath != "" {
		files = append(files, s.logPath, s.logPath+".old")
		files = append(files, crash.Reports(filepath.Dir(s.logPath))...)
	}
	return files
}

// home is where the agent finds a file without looking for it.
func home() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return os.TempDir()
	}
	for _, name := range []string{"Downloads", "Desktop"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			return filepath.Join(dir, name)
		}
	}
	return dir
}

// collect writes the archive into folder and returns its path. Of telephone numbers only the ends
// get into it, and of the secrets nothing. Files that are not there are left out.
func collect(folder string, now time.Time, about string, files, secrets []string) (string, error) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	add := func(name string, changed time.Time, text string) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: changed})
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, harmless(text, secrets))
		return err
	}
	if err := add("traybell.txt", now, about); err != nil {
		return "", err
	}
	for _, path := range files {
		text, changed, err := end(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			text = err.Error() // worth knowing, too
		}
		if err := add(filepath.Base(path), changed, text); err != nil {
			return "", err
		}
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	path := filepath.Join(folder, "traybell-support-"+now.Format("20060102-150405")+".zip")
	if err := os.WriteFile(path, archive.Bytes(), 0o600); err != nil {
		return "", fmt.Errorf("what was collected for support: %w", err)
	}
	return path, nil
}

// end is the last part of a file, and when it was changed.
func end(path string) (string, time.Time, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", time.Time{}, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", time.Time{}, err
	}
	if over := info.Size() - mostSupport; over > 0 {
		if _, err := f.Seek(over, io.SeekStart); err != nil {
			return "", info.ModTime(), err
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, mostSupport))
	return string(text), info.ModTime(), err
}

// harmless is a text without secrets, and without whole telephone numbers.
func harmless(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return masked.Numbers(text)
}
