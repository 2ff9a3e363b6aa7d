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
// Unwanted events are skipped without parsing or allocating. A message that is kept costs two
// allocations, its text and the table of its fields.
type Reader struct {
	src  io.Reader
	max  int
	want map[string]struct{} // nil: every event

	// tagged is called when an unwanted event begins. While it returns true, an unwanted event with
	// an ActionID is kept, because rows of lists are events too.
	tagged func() bool

	buf  []byte
	r, w int // buf[r:w] is unread
	err  error

	spans []span // reused between messages

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
func (rd *Reader) Wants(name string) bool {
	if rd.want == nil {
		return true
	}
	_, ok := rd.want[name]
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
			line = string(trimCR(rd.buf[rd.r : rd.r+i]))
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
		name, isEvent := header(line, "Event")
		if !isEvent {
			var m Message
			if value, ok := header(line, "Response"); ok && string(value) == "Follows" {
				m, err = rd.command(len(line))
			} else {
				m, err = rd.whole()
			}
			return rd.done(m, err)
		}
		if rd.want == nil {
			return rd.done(rd.whole())
		}
		if _, wanted := rd.want[string(name)]; wanted {
			return rd.done(rd.whole())
		}
		if rd.tagged != nil && rd.tagged() {
			size, tagged, err := rd.look()
			if err != nil {
				return rd.done(Message{}, err)
			}
			if tagged {
				return rd.done(rd.whole())
			}
			rd.r += size
			rd.skipped++
			continue
		}
		if err := rd.skip(); err != nil {
			return rd.done(Message{}, err)
		}
		rd.skipped++
	}
}

func (rd *Reader) done(m Message, err error) (Message, error) {
	if err == nil {
		rd.kept++
	}
	rd.publish()
	return m, err
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
			if errors.Is(err, io.EOF) && len(trimCR(rd.buf[rd.r:rd.w])) > 0 {
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
	if rd.r == rd.w {
		rd.r, rd.w = 0, 0
	} else if rd.w == len(rd.buf) && rd.r > 0 {
		copy(rd.buf, rd.buf[rd.r:rd.w])
		rd.w -= rd.r
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

// skip skips the message at r line by line, so that the buffer need not hold all of it.
func (rd *Reader) skip() error {
	size := 0
	for {
		// fast path: whole lines in the buffer
		rest := rd.buf[rd.r:rd.w]
		at := 0
		for {
			i := bytes.IndexByte(rest[at:], '\n')
			if i < 0 {
				break
			}
			end := i == 0 || i == 1 && rest[at] == '\r'
			at += i + 1
			if end {
				rd.r += at
				return nil
			}
		}
		size += at
		rd.r += at
		if size > rd.max {
			return rd.tooLarge()
		}
		if _, err := rd.lineEnd(0); err != nil {
			return rd.cut(err)
		}
	}
}

// look finds the end of the message at r without consuming it, and whether it has an ActionID.
func (rd *Reader) look() (size int, tagged bool, err error) {
	for {
		end, err := rd.lineEnd(size)
		if err != nil {
			return 0, false, rd.cut(err)
		}
		line := rd.buf[rd.r+size : rd.r+end]
		size = end
		if empty(line) {
			return size, tagged, nil
		}
		if !tagged && len(line) > 8 && line[8] == ':' && (line[0]|0x20) == 'a' {
			_, tagged = header(line, "ActionID")
		}
	}
}

// whole consumes the message at r.
func (rd *Reader) whole() (Message, error) {
	rd.spans = rd.spans[:0]
	at := 0
	for {
		end, err := rd.lineEnd(at)
		if err != nil {
			return Message{}, rd.cut(err)
		}
		line := rd.buf[rd.r+at : rd.r+end]
		if empty(line) {
			m := rd.message(at, "")
			rd.r += end
			return m, nil
		}
		rd.spans = append(rd.spans, fieldIn(line, at))
		at = end
	}
}

// command consumes a reply to Command as Asterisk before 14 sends it: headers, then raw lines, some
// of them empty, up to a line that ends in "--END COMMAND--". The raw lines become fields named
// Output, as later versions send them.
func (rd *Reader) command(first int) (Message, error) {
	rd.spans = append(rd.spans[:0], fieldIn(rd.buf[rd.r:rd.r+first], 0))
	at, raw := first, false
	var output []int // indexes of spans that are raw lines
	for {
		end, err := rd.lineEnd(at)
		if err != nil {
			return Message{}, rd.cut(err)
		}
		line := rd.buf[rd.r+at : rd.r+end]
		if !raw {
			_, privilege := header(line, "Privilege")
			_, id := header(line, "ActionID")
			raw = !privilege && !id
		}
		if !raw {
			rd.spans = append(rd.spans, fieldIn(line, at))
			at = end
			continue
		}
		text := bytes.TrimRight(line, "\r\n")
		text, last := bytes.CutSuffix(text, []byte(endOfCommand))
		if !last || len(text) > 0 {
			output = append(output, len(rd.spans))
			rd.spans = append(rd.spans, span{value: uint32(at), valueEnd: uint32(at + len(text))})
		}
		at = end
		if last {
			break
		}
	}
	const key = "Output"
	for _, i := range output {
		rd.spans[i].key = uint32(at)
		rd.spans[i].keyEnd = uint32(at + len(key))
	}
	m := rd.message(at, key)
	rd.r += at
	return m, nil
}

// message copies the first size bytes at r, and the fields found in them, into a Message.
func (rd *Reader) message(size int, tail string) Message {
	text := string(rd.buf[rd.r : rd.r+size])
	if tail != "" {
		text += tail
	}
	spans := make([]span, len(rd.spans))
	copy(spans, rd.spans)
	return Message{text: text, spans: spans}
}
