package wire

import "bytes"

// fieldIn finds key and value in a line at offset at of its message.
func fieldIn(line []byte, at int) span {
	text := trimCR(line[:len(line)-1])
	colon := bytes.IndexByte(text, ':')
	start := at
	if colon < 0 {
		return span{key: uint32(start), keyEnd: uint32(start), value: uint32(start), valueEnd: uint32(start +
			len(text))}
	}
	value := colon + 1
	if value < len(text) && text[value] == ' ' {
		value++
	}
	return span{
		key: uint32(start), keyEnd: uint32(start + colon), value: uint32(start + value),
		valueEnd: uint32(start + len(text)),
	}
}

// header returns the value if line has that key, ignoring case.
func header(line []byte, key string) ([]byte, bool) {
	if len(line) <= len(key) || line[len(key)] != ':' {
		return nil, false
	}
	for i := range len(key) {
		if line[i] != key[i] && lower(line[i]) != lower(key[i]) {
			return nil, false
		}
	}
	value := bytes.TrimRight(line[len(key)+1:], "\r\n")
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

// empty reports whether line consists of its line end.
func empty(line []byte) bool {
	return len(line) == 1 || len(line) == 2 && line[0] == '\r'
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}
