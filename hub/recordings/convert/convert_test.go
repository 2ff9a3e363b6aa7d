package convert

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tool makes a converter whose program is a shell script.
func tool(t *testing.T, script string) *Converter {
	t.Helper()
	c, err := New(filepath.Join(t.TempDir(), "converted"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sox")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.find = func(name string) (string, error) {
		if name != "sox" {
			return "", exec.ErrNotFound
		}
		return path, nil
	}
	return c
}

func source(text string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
}

func TestConvertedOnceForAllListeners(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	c := tool(t, "echo run >>"+runs+"; cat; cat")
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			file, err := c.Wave(t.Context(), "anna", Key{Recording: "key"}, "gsm", source("abcd"))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = file.Close() }()
			all, err := io.ReadAll(file)
			if err != nil || len(all) != header+4 || !bytes.HasPrefix(all, []byte("RIFF")) ||
				!bytes.HasSuffix(all, []byte("abcd")) {
				t.Errorf("%q, %v", all, err)
			}
		})
	}
	group.Wait()
	if text, _ := os.ReadFile(runs); string(text) != "run\n" {
		t.Errorf("it ran %q", text)
	}
	c.Forget("key")
	if left, _ := filepath.Glob(c.folder + "/*"); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// A recording that is deleted while it is converted leaves no copy.
func TestADeletedRecordingIsNotKept(t *testing.T) {
	c := tool(t, "cat")
	_, err := c.Wave(t.Context(), "anna", Key{Recording: "key"}, "gsm", func() (io.ReadCloser, error) {
		c.Forget("key")
		return source("abcd")()
	})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(c.folder + "/*"); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// A program that hangs ends with the request of the listener, and no file is left.
func TestAHangingProgramEndsWithItsRequest(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	c := tool(t, "echo $$ >"+pid+".new; mv "+pid+".new "+pid+"; exec sleep 1000")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := c.Wave(ctx, "anna", Key{Recording: "key"}, "gsm", source("abcd"))
		done <- err
	}()
	for {
		if _, err := os.Stat(pid); err == nil {
			break
		}
		select {
		case err := <-done:
			t.Fatalf("it did not hang: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(c.folder + "/*"); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

func TestBoundsOfConversions(t *testing.T) {
	t.Run("time", func(t *testing.T) {
		c := tool(t, "exec sleep 1000")
		c.limits.Time = 50 * time.Millisecond
		if _, err := c.Wave(t.Context(), "anna", Key{Recording: "key"}, "gsm", source("a")); err == nil ||
			!strings.Contains(err.Error(), "did not end within") {
			t.Errorf("%v", err)
		}
	})
	t.Run("output", func(t *testing.T) {
		c := tool(t, "exec cat /dev/zero")
		c.limits.Output = 1 << 20
		if _, err := c.Wave(t.Context(), "anna", Key{Recording: "key"}, "gsm", source("a")); !errors.Is(err, ErrLong) {
			t.Errorf("%v", err)
		}
		if left, _ := filepath.Glob(c.folder + "/*"); len(left) > 0 {
			t.Errorf("left %q", left)
		}
	})
	t.Run("those who wait", func(t *testing.T) {
		c := tool(t, "cat")
		c.limits.Waiting = 0
		if _, err := c.Wave(t.Context(), "anna", Key{Recording: "key"}, "gsm", source("a")); !errors.Is(err, ErrBusy) {
			t.Errorf("%v", err)
		}
	})
	t.Run("those of one person", func(t *testing.T) {
		c := tool(t, "cat")
		c.limits.OfOne = 1
		held := make(chan struct{})
		begun := make(chan struct{})
		done := make(chan error)
		go func() {
			_, err := c.Wave(t.Context(), "anna", Key{Recording: "1"}, "gsm", func() (io.ReadCloser, error) {
				close(begun)
				<-held
				return source("a")()
			})
			done <- err
		}()
		<-begun
		if _, err := c.Wave(t.Context(), "anna", Key{Recording: "2"}, "gsm", source("a")); !errors.Is(err, ErrBusy) {
			t.Errorf("one more of anna: %v", err)
		}
		if _, err := c.Wave(t.Context(), "boris", Key{Recording: "2"}, "gsm", source("a")); err != nil {
			t.Errorf("boris: %v", err)
		}
		close(held)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Run("what is kept", func(t *testing.T) {
		c := tool(t, "cat")
		c.limits.Bytes = header + 4
		for _, key := range []string{"one", "two", "three"} {
			file, err := c.Wave(t.Context(), "anna", Key{Recording: key}, "sln", source("abcd"))
			if err != nil {
				t.Fatal(err)
			}
			_ = file.Close()
		}
		c.Tidy()
		if left, _ := filepath.Glob(c.folder + "/*"); len(left) != 1 {
			t.Errorf("left %q", left)
		}
	})
	t.Run("a program that fails", func(t *testing.T) {
		c := tool(t, "echo 'not gsm' >&2; exit 2")
		if _, err := c.Wave(t.Context(), "anna", Key{Recording: "key"}, "gsm", source("a")); err == nil ||
			!strings.Contains(err.Error(), "not gsm") {
			t.Errorf("%v", err)
		}
	})
	t.Run("no program", func(t *testing.T) {
		c := tool(t, "cat")
		c.find = func(string) (string, error) { return "", exec.ErrNotFound }
		_, err := c.Wave(t.Context(), "anna", Key{Recording: "key"}, "gsm", source("a"))
		if !errors.Is(err, ErrNoTool) || c.Tool() != "" {
			t.Errorf("%v", err)
		}
	})
}

// One second of each format is one second of PCM, by each program that is installed.
func TestInstalledPrograms(t *testing.T) {
	for _, name := range []string{"sox", "ffmpeg"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Logf("%s is not installed", name)
			continue
		}
		for format, second := range map[string]string{
			"ulaw": strings.Repeat("\xff", 8000), "alaw": strings.Repeat("\xd5", 8000),
			"sln": strings.Repeat("\x00\x01", 8000), "sln16": strings.Repeat("\x00\x01", 16000),
			"gsm": strings.Repeat("\xd2"+strings.Repeat("\x00", 32), 50),
		} {
			c := tool(t, "")
			c.find = func(n string) (string, error) {
				if n != name {
					return "", exec.ErrNotFound
				}
				return path, nil
			}
			file, err := c.Wave(t.Context(), "anna", Key{Recording: format}, format, source(second))
			if err != nil {
				t.Errorf("%s, %s: %v", name, format, err)
				continue
			}
			info, err := file.Stat()
			if want := int64(header + 2*rates[format]); err != nil || info.Size() != want {
				t.Errorf("%s makes %d bytes of %s, want %d (%v)", name, info.Size(), format, want, err)
			}
			_ = file.Close()
		}
	}
}

func TestWhatBrowsersPlay(t *testing.T) {
	wave := func(tag byte) []byte {
		return append([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"), tag, 0, 1, 0)
	}
	for name, c := range map[string]struct {
		format string
		begin  []byte
		want   bool
	}{
		"PCM": {"wav", wave(1), true}, "µ-law in a WAV": {"wav", wave(7), true}, "wav49": {"wav", wave(0x31), false},
		"gsm": {"gsm", nil, false}, "mp3": {"mp3", nil, true}, "raw": {"ulaw", nil, false}, "a short file": {
			"wav",
			nil, true,
		},
	} {
		if got := Playable(c.format, c.begin); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
