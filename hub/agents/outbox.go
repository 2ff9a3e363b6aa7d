package agents

import (
	"context"

	"github.com/coder/websocket"
)

// queue appends an encoded message; false means that the queue is full. It never blocks.
func (s *session) queue(raw []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending || s.over {
		return true // session.closed is the last message
	}
	if len(s.items) > 0 && (len(s.items) >= s.server.opts.Queue || s.bytes+len(raw) > s.server.opts.QueueBytes) {
		return false
	}
	s.push(raw)
	s.server.counters.sent.Add(1)
	return true
}

func (s *session) push(raw []byte) {
	s.items = append(s.items, raw)
	s.bytes += len(raw)
	s.write()
}

// write starts the writer if none runs. The lock is held.
func (s *session) write() {
	if s.writing || s.conn == nil {
		return
	}
	s.writing = true
	// The reader, which still runs, or the handshake keeps the wait group above zero.
	s.server.work.Add(1)
	go func() {
		defer s.server.work.Done()
		s.drain()
	}()
}

// drain writes the queued messages, then the close frame if the session ends. One write may take
// PingAfter+PongWithin: a terminal that reads nothing for so long is as dead as one that does not
// answer a ping.
//
//nolint:contextcheck // it serves all callers of queue
func (s *session) drain() {
	for {
		s.mu.Lock()
		if len(s.items) == 0 {
			s.writing, s.items = false, nil
			ending := s.ending
			s.mu.Unlock()
			if ending {
				_ = s.conn.Close(websocket.StatusCode(s.code), clip(s.reason, 120))
				s.cut()
			}
			return
		}
		raw := s.items[0]
		s.items[0] = nil
		s.items = s.items[1:]
		s.bytes -= len(raw)
		s.mu.Unlock()
		ctx, cancel := context.WithTimeout(s.server.ctx, s.server.opts.PingAfter+s.server.opts.PongWithin)
		err := s.conn.Write(ctx, websocket.MessageText, raw)
		cancel()
		if err != nil {
			s.drop()
			return
		}
	}
}

// drop discards the queue and cuts the connection.
func (s *session) drop() {
	s.mu.Lock()
	s.ending, s.writing, s.items = true, true, nil // writing stays true, so no writer starts
	s.mu.Unlock()
	s.cut()
}

// cut closes the connection without a close frame.
func (s *session) cut() {
	s.mu.Lock()
	cancel := s.cancel
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}
