package loglimit

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestTextsOfALogAreBoundedAndPrintable(t *testing.T) {
	hostile := "\x1b[2J\u202e\u200b\u009b\u2028" + strings.Repeat("я", 1<<20)
	for name, handler := range map[string]func(*strings.Builder) slog.Handler{
		"text": func(out *strings.Builder) slog.Handler { return slog.NewTextHandler(out, Options(slog.LevelInfo)) },
		"json": func(out *strings.Builder) slog.Handler { return slog.NewJSONHandler(out, Options(slog.LevelInfo)) },
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			log := slog.New(New(handler(&out), Hub, time.Now))
			log.With("with", hostile).WithGroup("g").Info(hostile, "error", errors.New(hostile), "list",
				[]string{hostile}, slog.Group("deep", "er", hostile), "n", 1)
			text := strings.TrimSuffix(out.String(), "\n")
			if len(text) > 6*longestText || strings.Count(text, "more)") != 5 {
				t.Errorf("%d bytes", len(text))
			}
			for _, r := range text {
				if !unicode.IsGraphic(r) {
					t.Fatalf("%q is in the log", r)
				}
			}
			if name == "json" && !json.Valid([]byte(text)) {
				t.Error("not JSON")
			}
		})
	}
}

func TestOneMessageDoesNotFillTheLog(t *testing.T) {
	var out strings.Builder
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	log := slog.New(New(slog.NewTextHandler(&out, nil), Desktop, func() time.Time { return now }))
	const lines = 10_000
	for i := range lines {
		log.With("n", i).Info("noise", "text", strings.Repeat("x", 1000))
		now = now.Add(time.Millisecond)
	}
	log.Error("the one that matters")
	first := out.String()
	if got := len(first); got > Desktop.Message+10*lineBytes+1000 {
		t.Errorf("%d bytes in a minute", got)
	}
	if strings.Count(first, "comes too often, dropping it for up to a minute") != 1 ||
		!strings.Contains(first, "the one that matters") {
		t.Errorf("the log ends with\n%s", first[len(first)-500:])
	}
	kept := strings.Count(first, "msg=noise")
	out.Reset()
	now = now.Add(window)
	log.Info("noise")
	if want := fmt.Sprintf("message=noise lines=%d\n", lines-kept); !strings.Contains(out.String(), want) ||
		strings.Count(out.String(), "\n") != 2 {
		t.Errorf("no %q in\n%s", want, out.String())
	}
}

// Many messages together are bounded too; warnings and errors have room that others do not take.
func TestAllMessagesTogetherAreBounded(t *testing.T) {
	var out strings.Builder
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	log := slog.New(New(slog.NewTextHandler(&out, nil), Desktop, func() time.Time { return now }))
	for i := range 10_000 {
		log.Info(fmt.Sprint("message ", i), "text", strings.Repeat("x", 1000))
	}
	log.Error("the one that matters")
	if got := out.Len(); got > Desktop.All+mostNamed*3*lineBytes {
		t.Errorf("%d bytes in a minute", got)
	}
	if !strings.Contains(out.String(), "the one that matters") {
		t.Error("an error was dropped for the noise")
	}
}
