package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// DefaultMaxMessage is the largest message in bytes.
const DefaultMaxMessage = 1 << 20

// ErrTooLarge means that a message or a line did not end within the limit. The rest of the stream
// cannot be trusted.
var ErrTooLarge = errors.New("message too large")

const (
	firstBuffer  = 64 << 10
	endOfCommand = "--END COMMAND--"
)

// Reader reads messages from a byte stream. One goroutine uses it; others may read the counters.
//
// Lines end in CRLF or LF, and an empty line ends a message; further empty lines are ignored.
// Of unwanted events only the end is searched. A message that is kept costs one allocation, its
// text.
type Reader struct {
	src  io.Reader
	max  int
	want map[string]struct{} // nil: every event

	// tagged is called at the end of an unwanted event. While it returns true, an unwanted event with
	// an ActionID is kept, because rows of lists are events too.
	tagged func() bool

	buf  []byte
	r, w int // buf[r:w] is unread
	err  error

	kept, skipped       uint64 // the reader's own
	sharedKept, sharedS atomic.Uint64
}

// NewReader reads messages from src. Events not named in wanted are skipped; without names every
// event is kept. Replies are always kept.
func NewReader(src io.Reader, wanted ...string) *Reader {
	rd := &Reader{src: src, max: DefaultMaxMessage, buf: make([]byte, firstBuffer)}
	if len(wanted) > 0 {
		rd.want = make(map[string]struct{}, len(wanted))
		for _, name := range wanted {
			rd.want[name] = struct{}{}
		}
	}
	return rd
}

// Limit sets the largest message in bytes; 0 means DefaultMaxMessage.
func (rd *Reader) Limit(size int) {
	if size <= 0 {
		size = DefaultMaxMessage
	}
	rd.max = min(size, 1<<30)
}

// Wants reports whether events of that name are kept.
func (rd *Reader) Wants(name string) bool { return rd.wants([]byte(name)) }

func (rd *Reader) wants(name []byte) bool {
	if rd.want == nil {
		return true
	}
	_, ok := rd.want[string(name)]
	return ok
}

// KeepTagged makes the reader keep events with an ActionID, regardless of their name, while active
// returns true. active is called on the reading goroutine.
func (rd *Reader) KeepTagged(active func() bool) { rd.tagged = active }

// Counts returns how many messages were kept and skipped so far. It may be called from any
// goroutine and may lag by a buffer's length.
func (rd *Reader) Counts() (kept, skipped uint64) {
	return rd.sharedKept.Load(), rd.sharedS.Load()
}

// Banner reads the line with which Asterisk opens a connection, "Asterisk Call Manager/11.0.0", up
// to 256 bytes of it. It is called once, before the first Next.
func (rd *Reader) Banner() (line string, err error) {
	const longest = 256
	for {
		if i := bytes.IndexByte(rd.buf[rd.r:rd.w], '\n'); i >= 0 {
			line = string(trimEnd(rd.buf[rd.r : rd.r+i+1]))
			rd.r += i + 1
			return line, nil
		}
		if rd.w-rd.r > longest {
			return string(rd.buf[rd.r : rd.r+longest]), nil
		}
		if err := rd.fill(); err != nil {
			if rd.w > rd.r && errors.Is(err, io.EOF) {
				return string(rd.buf[rd.r:rd.w]), nil
			}
			return "", fmt.Errorf("read the greeting: %w", err)
		}
	}
}

// Next returns the next message that is kept. The error is the source's (io.EOF at a clean end,
// io.ErrUnexpectedEOF within a message) or ErrTooLarge; all further calls return the same error.
func (rd *Reader) Next() (Message, error) {
	for {
		line, err := rd.firstLine()
		if err != nil {
			rd.publish()
			return Message{}, err
		}
		if result, ok := header(line, "Response"); ok && string(result) == "Follows" {
			return rd.command(len(line))
		}
		name, isEvent := header(line, "Event")
		wanted := !isEvent || rd.wants(name)
		text, err := rd.rest(len(line))
		if err != nil {
			rd.publish()
			return Message{}, err
		}
		if wanted || rd.tagged != nil && rd.tagged() && hasActionID(text) {
			rd.kept++
			return Message{text: string(text)}, nil
		}
		rd.skipped++
	}
}

func (rd *Reader) publish() {
	rd.sharedKept.Store(rd.kept)
	rd.sharedS.Store(rd.skipped)
}

// firstLine skips empty lines and returns the first line of the next message with its line end,
// without consuming it.
func (rd *Reader) firstLine() ([]byte, error) {
	for {
		end, err := rd.lineEnd(0)
		if err != nil {
			if errors.Is(err, io.EOF) && !bytes.Equal(rd.buf[rd.r:rd.w], []byte("\r")) && rd.w > rd.r {
				err = rd.fail(io.ErrUnexpectedEOF)
			}
			return nil, err
		}
		line := rd.buf[rd.r : rd.r+end]
		if !empty(line) {
			return line, nil
		}
		rd.r += end
	}
}

// lineEnd returns the offset from r just after the line that begins at offset from, and reads more
// if needed.
func (rd *Reader) lineEnd(from int) (int, error) {
	searched := from
	for {
		if i := bytes.IndexByte(rd.buf[rd.r+searched:rd.w], '\n'); i >= 0 {
			end := searched + i + 1
			if end > rd.max {
				return 0, rd.tooLarge()
			}
			return end, nil
		}
		searched = rd.w - rd.r
		if searched > rd.max {
			return 0, rd.tooLarge()
		}
		if err := rd.fill(); err != nil {
			return 0, err
		}
	}
}

// fill reads at least one more byte into the buffer, making room as needed.
func (rd *Reader) fill() error {
	if rd.err != nil {
		return rd.err
	}
	rd.publish()
	if rd.r > 0 { // part of a message is left at most: it is moved, so that each read is a large one
		rd.w = copy(rd.buf, rd.buf[rd.r:rd.w])
		rd.r = 0
	}
	if rd.w == len(rd.buf) {
		bigger := make([]byte, 2*len(rd.buf))
		copy(bigger, rd.buf[:rd.w])
		rd.buf = bigger
	}
	for range 100 {
		n, err := rd.src.Read(rd.buf[rd.w:])
		rd.w += n
		if err != nil {
			rd.err = err
		}
		if n > 0 {
			return nil // an error that came with bytes is returned after them
		}
		if err != nil {
			return err
		}
	}
	return rd.fail(io.ErrNoProgress)
}

func (rd *Reader) fail(err error) error {
	rd.err = err
	return err
}

func (rd *Reader) tooLarge() error {
	beginning := rd.buf[rd.r:min(rd.w, rd.r+60)]
	rd.r = rd.w
	return rd.fail(fmt.Errorf("%w: no end within %d bytes of the message %q…", ErrTooLarge, rd.max, beginning))
}

func (rd *Reader) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return rd.fail(io.ErrUnexpectedEOF)
	}
	return err
}

// rest consumes the message at r, whose first line has that many bytes, and returns it without the
// empty line that ends it. The bytes are valid until the next read.
func (rd *Reader) rest(first int) ([]byte, error) {
	for from := first - 1; ; {
		unread := rd.buf[rd.r:rd.w]
		if text, end := findEnd(unread, from); end > 0 && end <= rd.max {
			rd.r += end
			return unread[:text], nil
		} else if end > 0 || len(unread) > rd.max {
			return nil, rd.tooLarge()
		}
		from = max(from, len(unread)-2) // LF CR may be the beginning of an empty line
		if err := rd.fill(); err != nil {
			return nil, rd.cut(err)
		}
	}
}

// hasActionID reports whether a line of text has the key ActionID.
func hasActionID(text []byte) bool {
	for line := range bytes.Lines(text) {
		if _, ok := header(line, "ActionID"); ok {
			return true
		}
	}
	return false
}

// command consumes a reply to Command as Asterisk before 14 sends it: headers, then raw lines, some
// of them empty, up to a line that ends in "--END COMMAND--". The raw lines become fields named
// Output, as later versions send them.
func (rd *Reader) command(first int) (Message, error) {
	text := bytes.Clone(rd.buf[rd.r : rd.r+first])
	raw := false
	for at := first; ; {
		end, err := rd.lineEnd(at)
		if err != nil {
			rd.publish()
			return Message{}, rd.cut(err)
		}
		line := rd.buf[rd.r+at : rd.r+end]
		at = end
		if !raw {
			_, privilege := header(line, "Privilege")
			_, id := header(line, "ActionID")
			raw = !privilege && !id
		}
		if !raw {
			text = append(text, line...)
			continue
		}
		output, last := bytes.CutSuffix(bytes.TrimRight(line, "\r\n"), []byte(endOfCommand))
		if !last || len(output) > 0 {
			text = append(text, "Output: "...)
			text = append(text, output...)
			text = append(text, "\r\n"...)
		}
		if last {
			rd.r += end
			rd.kept++
			return Message{text: string(text)}, nil
		}
	}
}
