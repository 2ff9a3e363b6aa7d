package wire

import (
	"encoding/binary"
	"strings"
)

// cutLine returns the first line of text with its line end, and what follows.
func cutLine(text string) (line, rest string) {
	end := strings.IndexByte(text, '\n') + 1
	if end == 0 {
		return text, ""
	}
	return text[:end], text[end:]
}

// field splits a line into key and value. One space after the colon belongs to neither.
func field(line string) (key, value string) {
	line = trimEnd(line)
	colon := strings.IndexByte(line, ':')
	if colon < 0 {
		return "", line
	}
	return line[:colon], strings.TrimPrefix(line[colon+1:], " ")
}

// header returns the value if line has that key, ignoring case.
func header[T string | []byte](line T, key string) (value T, ok bool) {
	if len(line) <= len(key) || line[len(key)] != ':' {
		return value, false
	}
	for i := range len(key) {
		if line[i] != key[i] && lower(line[i]) != lower(key[i]) {
			return value, false
		}
	}
	value = trimEnd(line[len(key)+1:])
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	return value, true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// trimEnd returns line without its end, LF or CRLF.
func trimEnd[T string | []byte](line T) T {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
		if n > 0 && line[n-1] == '\r' {
			n--
		}
	}
	return line[:n]
}

// empty reports whether line consists of its line end.
func empty(line []byte) bool {
	return len(line) == 1 || len(line) == 2 && line[0] == '\r'
}

// findEnd returns where the text of a message ends, at the first empty line after the LF at from or
// a later one, and where that empty line ends; 0, 0 if b has none.
//
// Lines have about 20 bytes: to search for each LF would take twice as long. So it looks at eight
// bytes at once for one that is even and below 16, as LF is, before one below 16, as CR and LF are.
func findEnd(b []byte, from int) (text, end int) {
	const each, top = 0x0101010101010101, 0x8080808080808080
	const first, second = 0xf1 * each, 0xf0 * each // the bits that are then 0
	i := from
	for ; i+17 <= len(b); i += 16 {
		part := b[i : i+17]
		x := binary.LittleEndian.Uint64(part)&first | binary.LittleEndian.Uint64(part[1:])&second
		y := binary.LittleEndian.Uint64(part[8:])&first | binary.LittleEndian.Uint64(part[9:])&second
		if ((x-each)&^x|(y-each)&^y)&top == 0 { // no byte of x and y is 0
			continue
		}
		for k := i; k < i+16; k++ {
			if text, end := emptyAfter(b, k); end > 0 {
				return text, end
			}
		}
	}
	for ; i < len(b); i++ {
		if text, end := emptyAfter(b, i); end > 0 {
			return text, end
		}
	}
	return 0, 0
}

// emptyAfter returns where an empty line begins and ends if there is an LF at i and one after it.
func emptyAfter(b []byte, i int) (begin, end int) {
	switch {
	case b[i] != '\n' || i+1 == len(b):
	case b[i+1] == '\n':
		return i + 1, i + 2
	case b[i+1] == '\r' && i+2 < len(b) && b[i+2] == '\n':
		return i + 1, i + 3
	}
	return 0, 0
}
