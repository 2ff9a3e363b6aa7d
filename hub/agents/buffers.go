package agents

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
)

// The buffers that a connection keeps as long as it lives. Terminals send pings and short actions;
// most messages to them fit, with the header of the frame. What does not takes two writes.
const (
	readBuffer  = 256
	writeBuffer = 1024
)

// smallBuffers gives a WebSocket smaller buffers than those of net/http, which have 4 KiB each.
type smallBuffers struct {
	http.ResponseWriter
	stream net.Conn // set by Hijack
	socket net.Conn // below TLS, or the same
}

// Hijack implements http.Hijacker.
func (s *smallBuffers) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	early := rw.Reader.Buffered() // came with the request
	r := bufio.NewReaderSize(io.MultiReader(io.LimitReader(rw.Reader, int64(early)), conn), max(early, readBuffer))
	if _, err := r.Peek(early); err != nil {
		_ = conn.Close()
		return nil, nil, err
	}
	s.stream, s.socket = conn, conn
	if secure, ok := conn.(*tls.Conn); ok {
		s.socket = secure.NetConn()
	}
	return conn, bufio.NewReadWriter(r, bufio.NewWriterSize(conn, writeBuffer)), nil
}
