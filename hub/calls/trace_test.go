package calls_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"traybell/hub/ami/wire"
	"traybell/hub/calls"
)

// began is the start of all stories.
var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// recorded is a message of a recording.
type recorded struct {
	after time.Duration
	m     wire.Message
}

// traces returns the recordings of a real Asterisk by name, such as "asterisk22-pickup".
func traces(t testing.TB) map[string][]recorded {
	t.Helper()
	files, err := filepath.Glob("testdata/traces/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	out := map[string][]recorded{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		out[name] = parseTrace(t, string(text))
	}
	return out
}

// parseTrace parses a recording: "@seconds", the lines of a message, an empty line, and so on.
func parseTrace(t testing.TB, text string) []recorded {
	t.Helper()
	var out []recorded
	for block := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		if !strings.HasPrefix(lines[0], "@") {
			if strings.TrimSpace(block) != "" {
				t.Fatalf("a message without a time: %q", block)
			}
			continue
		}
		seconds, err := strconv.ParseFloat(lines[0][1:], 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, recorded{time.Duration(seconds*1000+0.5) * time.Millisecond, message(lines[1:])})
	}
	return out
}

func message(lines []string) wire.Message {
	var fields []wire.Field
	for _, line := range lines {
		key, value, _ := strings.Cut(line, ":")
		fields = append(fields, wire.Field{Key: key, Value: strings.TrimPrefix(value, " ")})
	}
	return wire.NewMessage(fields...)
}

// workingDay is a raw stream of about 8,900 events. Only those that a tracker reads are kept unless
// all is true.
func workingDay(t testing.TB, all bool) []wire.Message {
	t.Helper()
	packed, err := os.ReadFile("testdata/events.ami.gz")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	wanted := calls.Events()
	if all {
		wanted = nil
	}
	reader := wire.NewReader(plain, wanted...)
	var out []wire.Message
	for {
		m, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
}

// story writes down what is new in each change.
type story struct {
	strings.Builder
	names map[string]string // call ID → A, B, …
	seen  map[string]calls.Call
}

func newStory() *story {
	return &story{names: map[string]string{}, seen: map[string]calls.Call{}}
}

func (s *story) name(id string) string {
	if s.names[id] == "" {
		s.names[id] = string(rune('A' + len(s.names)))
	}
	return s.names[id]
}

func (s *story) tell(after time.Duration, changes []calls.Change) {
	for _, change := range changes {
		now := change.Call
		old, known := s.seen[now.ID]
		s.seen[now.ID] = now
		line := func(format string, args ...any) {
			fmt.Fprintf(s, "%6.3f  %s %s\n", after.Seconds(), s.name(now.ID), fmt.Sprintf(format, args...))
		}
		if !known || now.Direction != old.Direction || now.Number != old.Number || now.Name != old.Name ||
			now.DID != old.DID {
			line("%s from or to %q %q, dialled %q", now.Direction, now.Number, now.Name, now.DID)
		}
		for _, leg := range now.Legs {
			var before calls.Leg
			for _, l := range old.Legs {
				if l.Extension == leg.Extension {
					before = l
				}
			}
			if before.State == leg.State {
				continue
			}
			words := []string{leg.Extension, string(leg.State)}
			if leg.Calling {
				words = append(words, "(calling)")
			}
			if leg.Reason != "" {
				words = append(words, leg.Reason)
			}
			line("%s", strings.Join(words, " "))
		}
		if of := now.Consult; of != old.Consult {
			switch {
			case of.Extension == "":
				line("%s consults no more", old.Consult.Extension)
			case of.Answered:
				line("%s consults", of.Extension)
			default:
				line("%s calls to consult", of.Extension)
			}
		}
		if now.State != old.State {
			switch {
			case now.State != "ended":
				line("is %s", now.State)
			case now.Into != "":
				line("is ended into %s", s.name(now.Into))
			default:
				line("is ended missed=%v cause=%d rang=%.1fs", now.Missed, now.Cause, now.Rang.Seconds())
			}
		}
	}
}

// newTracker makes a tracker with the users of the recorded PBX's devices.
func newTracker() *calls.Tracker {
	tracker := calls.NewTracker("main", nil)
	tracker.Users(func(device string) string {
		if device == "105" {
			return "1105"
		}
		return device
	})
	return tracker
}

// deviceOf is the reverse of the tracker's users.
func deviceOf(user string) string {
	if user == "1105" {
		return "105"
	}
	return user
}

// play runs messages through a new tracker.
func play(messages []recorded) (*calls.Tracker, *story) {
	tracker, told := newTracker(), newStory()
	tracker.Connected(1, time.Time{})
	for _, h := range messages {
		told.tell(h.after, tracker.Apply(h.m, began.Add(h.after)))
	}
	return tracker, told
}
