package directory

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"traybell/hub/charset"
	"traybell/hub/remote"
	"traybell/shared/bounded"
	"traybell/shared/protocol"
)

// Format reads the customers of a file as Source.Read does. The text is in UTF-8; what could not be
// decoded is U+FFFD.
type Format func(ctx context.Context, text io.Reader, add func(protocol.Customer), problem func(Problem)) error

// File is a file with customers.
type File struct {
	name     string
	path     string
	encoding string
	format   Format
	cut      atomic.Bool // the text that was read last ends within a line
}

// NewFile returns the source for a file, which need not exist yet. The encoding is one that
// charset.Known accepts; empty: it is recognised. The error is an *OptionError.
func NewFile(name, path, encoding string, format Format) (*File, error) {
	if err := charset.Known(encoding); err != nil {
		return nil, &remote.OptionError{Key: "encoding", Err: err}
	}
	return &File{name: name, path: path, encoding: encoding, format: format}, nil
}

// Name implements Source.
func (f *File) Name() string { return f.name }

// Stamp implements Stamped with the time and the size of the file.
func (f *File) Stamp(context.Context) (string, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %d", info.ModTime().UnixNano(), info.Size()), nil
}

// Whole implements Ending.
func (f *File) Whole() bool { return !f.cut.Load() }

// Read implements Source. A file without a given encoding is read twice.
func (f *File) Read(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error {
	file, err := bounded.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	if err := f.read(ctx, file, add, problem); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return nil
}

func (f *File) read(ctx context.Context, opened io.ReadSeeker, add func(protocol.Customer), problem func(Problem),
) error {
	file := untilDone{opened, ctx}
	head := make([]byte, 8)
	n, _ := io.ReadFull(file, head)
	if what := foreign(string(head[:n])); what != "" {
		return fmt.Errorf("this is %s; save the customers as CSV (UTF-8)", what)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	encoding := f.encoding
	if encoding == "" || encoding == charset.Auto {
		var d charset.Detector
		if _, err := io.Copy(&d, file); err != nil {
			return err
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		encoding = d.Name()
	}
	text, err := charset.Reader(file, encoding)
	if err != nil {
		return err
	}
	end := &lastByte{from: text}
	broken := 0 // customers with text that is not in this encoding
	err = f.format(ctx, end, func(c protocol.Customer) {
		if undecoded(c) {
			broken++
		}
		add(c)
	}, problem)
	f.cut.Store(end.inLine())
	if err == nil && broken > 0 {
		problem(Problem{Text: fmt.Sprintf("%d customers have characters that are not %s; save the file in one "+
			"encoding (UTF-8), or set encoding", broken, encoding)})
	}
	return err
}

// untilDone is a file whose reads fail when the context has ended: a file may grow while it is read.
type untilDone struct {
	io.ReadSeeker
	ctx context.Context //nolint:containedctx // of one read
}

func (f untilDone) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.ReadSeeker.Read(p)
}

// lastByte remembers the last byte that was read.
type lastByte struct {
	from io.Reader
	last byte
}

func (l *lastByte) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	if n > 0 {
		l.last = p[n-1]
	}
	return n, err
}

// inLine reports whether the text ended within a line. DOS programs write 0x1a at the end.
func (l *lastByte) inLine() bool { return !strings.ContainsRune("\n\r\x1a\x00", rune(l.last)) }

func undecoded(c protocol.Customer) bool {
	for _, field := range fields(&c) {
		if strings.ContainsRune(*field, '\ufffd') {
			return true
		}
	}
	return false
}

// foreign returns what a file with another format than text is, by its first bytes.
func foreign(head string) string {
	for mark, what := range map[string]string{
		"PK\x03\x04": "a workbook (.xlsx, .ods) or a ZIP archive", "\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
		"\x1f\x8b": "a compressed file (.gz)", "%PDF": "a PDF document", "SQLite f": "an SQLite database",
		"!BDN": "an Outlook data file (.pst)",
	} {
		if strings.HasPrefix(head, mark) {
			return what
		}
	}
	return ""
}
