// Package charset recognises the character encoding of text and decodes it. A Detector is for
// files: the words of an address book decide which encoding fits best, and one is always used. Text
// is for a few letters, such as a caller's name: it decodes only what is plausible, repairs what
// was decoded wrongly, and leaves out the rest.
package charset

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Auto asks for recognition.
const Auto = "auto"

// Examples names the usual encodings, for error texts.
const Examples = "utf-8, utf-16, windows-1251, windows-1252, windows-1250 or koi8-r"

// Known returns an error for an encoding that is neither Auto, nor empty, nor a name of the WHATWG
// Encoding Standard.
func Known(name string) error {
	if isAuto(name) {
		return nil
	}
	_, err := find(name)
	return err
}

func isAuto(name string) bool { return name == "" || strings.EqualFold(name, Auto) }

func find(name string) (encoding.Encoding, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "utf-8", "utf8":
		return unicode.UTF8, nil
	case "utf-16", "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), nil
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("unknown encoding %q; use one of %s", name, Examples)
	}
	return e, nil
}

// Reader decodes text to UTF-8 and removes byte order marks at its beginning. Bytes that the
// encoding does not have become U+FFFD. The encoding must be Known and not Auto.
func Reader(from io.Reader, name string) (io.Reader, error) {
	e, err := find(name)
	if err != nil {
		return nil, err
	}
	return &markless{from: transform.NewReader(from, e.NewDecoder())}, nil
}

// Decode decodes a text as Reader does. With Auto, it recognises the encoding, which it returns.
func Decode(raw []byte, name string) (text, was string, err error) {
	if isAuto(name) {
		var d Detector
		_, _ = d.Write(raw)
		name = d.Name()
	}
	r, err := Reader(bytes.NewReader(raw), name)
	if err != nil {
		return "", "", err
	}
	out, err := io.ReadAll(r)
	return string(out), strings.ToLower(name), err
}

// markless removes byte order marks: some programs write two.
type markless struct {
	from  io.Reader
	begun bool
}

const mark = "\ufeff"

func (m *markless) Read(p []byte) (int, error) {
	for !m.begun {
		head := make([]byte, len(mark))
		n, err := io.ReadFull(m.from, head)
		if string(head) == mark {
			continue
		}
		m.begun = true
		m.from = io.MultiReader(bytes.NewReader(head[:n]), m.from)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF { //nolint:errorlint // as ReadFull returns them
			return 0, err
		}
	}
	return m.from.Read(p)
}

// incomplete returns how many bytes at the end of a chunk are the beginning of a character.
func incomplete(chunk []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(chunk); n++ {
		last := chunk[len(chunk)-n:]
		if utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return n
			}
			return 0
		}
	}
	return 0
}
