package directory

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"traybell/shared/protocol"
)

// copyMark begins a copy; another form gets another mark.
const copyMark = "traybell customers 1\n"

// Copies keeps what was read last of each source, in files of one folder that only the hub's user
// reads, so that a hub that is started while a database is away knows its customers.
type Copies struct{ Folder string }

// path holds no more of the source's name than any file system takes.
func (c Copies) path(name string) string {
	sum := crc64.Checksum([]byte(name), crc64.MakeTable(crc64.ISO))
	return filepath.Join(c.Folder, fmt.Sprintf("directory-%016x.copy", sum))
}

// Age tells when the copy of a source was read; the time is zero where there is none.
func (c Copies) Age(name string) time.Time {
	info, err := os.Stat(c.path(name))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// write keeps a table. The file's own time is when its customers were read.
func (c Copies) write(t *table, read time.Time) (err error) {
	path := c.path(t.name)
	file, err := os.CreateTemp(c.Folder, filepath.Base(path)+".*") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	sum := crc64.New(crc64.MakeTable(crc64.ECMA))
	out := bufio.NewWriterSize(io.MultiWriter(file, sum), 1<<20)
	_, _ = out.WriteString(copyMark)
	var length []byte
	for row := range t.rows {
		text := t.encoded(uint32(row))
		length = binary.AppendUvarint(length[:0], uint64(len(text)))
		_, _ = out.Write(length)
		_, _ = out.WriteString(text)
	}
	_ = out.WriteByte(0) // no row is empty
	err = out.Flush()    // and what went wrong before
	if err == nil {
		_, err = file.Write(binary.BigEndian.AppendUint64(nil, sum.Sum64()))
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err = os.Chtimes(file.Name(), read, read); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// touch says that the copy is what was read again at that time.
func (c Copies) touch(name string, read time.Time) error { return os.Chtimes(c.path(name), read, read) }

// keepOnly removes the copies of sources that hub.yml no longer names, and what an interrupted
// writing left.
func (c Copies) keepOnly(names []string) error {
	files, err := filepath.Glob(filepath.Join(c.Folder, "directory-*.copy*"))
	if err != nil {
		return err
	}
	var failed []error
	for _, file := range files {
		if !slices.ContainsFunc(names, func(name string) bool { return c.path(name) == file }) {
			failed = append(failed, os.Remove(file))
		}
	}
	return errors.Join(failed...)
}

// copySource reads a copy as any source is read.
type copySource struct {
	name string
	path string
}

func (s copySource) Name() string { return s.name }

func (s copySource) Read(ctx context.Context, add func(protocol.Customer), _ func(Problem)) error {
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	damaged := fmt.Errorf("%s is damaged; remove it", s.path)
	sum := crc64.New(crc64.MakeTable(crc64.ECMA))
	in := &summed{from: bufio.NewReaderSize(file, 1<<20), into: sum}
	mark := make([]byte, len(copyMark))
	if _, err := io.ReadFull(in, mark); err != nil || string(mark) != copyMark {
		return damaged
	}
	text := make([]byte, maxRow)
	for rows := 0; ; rows++ {
		if rows%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		length, err := binary.ReadUvarint(in)
		if err != nil || length > maxRow {
			return damaged
		}
		if length == 0 {
			break
		}
		if _, err := io.ReadFull(in, text[:length]); err != nil {
			return damaged
		}
		c, ok := decode(string(text[:length]))
		if !ok {
			return damaged
		}
		add(c)
	}
	want := sum.Sum64()
	var tail [8]byte
	if _, err := io.ReadFull(in.from, tail[:]); err != nil || binary.BigEndian.Uint64(tail[:]) != want {
		return damaged
	}
	return nil
}

// summed counts what is read into a checksum.
type summed struct {
	from *bufio.Reader
	into io.Writer
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	_, _ = s.into.Write(p[:n])
	return n, err
}

func (s *summed) ReadByte() (byte, error) {
	b, err := s.from.ReadByte()
	if err == nil {
		_, _ = s.into.Write([]byte{b})
	}
	return b, err
}

// decode reads what encode has written; ok is false for anything else.
func decode(text string) (c protocol.Customer, ok bool) {
	for _, field := range fields(&c) {
		length, width := uvarint(text)
		if width == 0 || length < 0 || length > len(text)-width {
			return c, false
		}
		*field = text[width : width+length]
		text = text[width+length:]
	}
	return c, text == ""
}
