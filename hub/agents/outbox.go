package agents

import (
	"context"
	"slices"
	"time"

	"traybell/shared/protocol"

	"github.com/coder/websocket"
)

// item is a queued message.
type item struct {
	raw    []byte
	update protocol.Update
	read   time.Time // see protocol.Message
}

// outbox has the messages that wait to be written.
type outbox struct {
	items  []item
	bytes  int
	taken  int            // since it was empty
	latest map[string]int // of each call, the position of the update that a later one may replace; see replaced
}

// replaced returns the queued message that an update replaces; nil if there is none. It does not
// look behind another state of the call, which would be the last one then, nor behind messages that
// are no updates, such as a snapshot: their order matters.
func (o *outbox) replaced(next protocol.Update) *item {
	if next.Call == "" || len(o.items) == 0 {
		return nil
	}
	if o.latest == nil { // most desktops are never behind
		o.latest = map[string]int{}
		for i := range o.items {
			o.index(i)
		}
	}
	if at, ok := o.latest[next.Call]; ok && o.items[at-o.taken].update == next {
		return &o.items[at-o.taken]
	}
	return nil
}

func (o *outbox) index(i int) {
	if call := o.items[i].update.Call; call == "" {
		clear(o.latest)
	} else {
		o.latest[call] = o.taken + i
	}
}

func (o *outbox) add(next item) {
	o.items = append(o.items, next)
	o.bytes += len(next.raw)
	if o.latest != nil {
		o.index(len(o.items) - 1)
	}
}

// putFirst adds a message that is no update.
func (o *outbox) putFirst(first item) {
	o.items = slices.Insert(o.items, 0, first)
	o.bytes += len(first.raw)
	o.taken-- // the positions of the others stay
}

// take removes the first message; false: there is none, and the memory is free.
func (o *outbox) take() (first item, ok bool) {
	if len(o.items) == 0 {
		*o = outbox{}
		return item{}, false
	}
	first = o.items[0]
	o.items[0] = item{}
	o.items = o.items[1:]
	o.bytes -= len(first.raw)
	if at, ok := o.latest[first.update.Call]; ok && at == o.taken {
		delete(o.latest, first.update.Call)
	}
	o.taken++
	return first, true
}

// queue appends an encoded message; false means that the queue is full. It never blocks.
func (s *session) queue(next item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending || s.over {
		return true // session.closed is the last message
	}
	earlier := s.out.replaced(next.update)
	bytes := s.out.bytes + len(next.raw)
	if earlier != nil {
		bytes -= len(earlier.raw)
	}
	switch {
	case len(s.out.items) > 0 && bytes > s.server.opts.QueueBytes:
		return false
	case earlier != nil:
		if next.read.IsZero() {
			next.read = earlier.read
		}
		*earlier, s.out.bytes = next, bytes
		return true
	case len(s.out.items) >= s.server.opts.Queue:
		return false
	}
	s.push(next)
	s.server.counters.sent.Add(1)
	return true
}

func (s *session) push(next item) {
	s.out.add(next)
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

// hold keeps what is queued until release.
func (s *session) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = true // so no writer starts
}

// release starts the writer with the snapshot, which what was queued since hold follows.
func (s *session) release(snapshot []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.putFirst(item{raw: snapshot})
	s.server.counters.sent.Add(1)
	s.writing = false
	s.write()
}

// drain writes the queued pings, pongs and messages, then the close frame if the session ends. One
// write may take PingAfter+PongWithin: a terminal that reads nothing for so long is as dead as one
// that does not answer a ping. A deadline of the socket costs less than a context per message.
//
//nolint:contextcheck // it serves all callers of queue
func (s *session) drain() {
	for {
		s.mu.Lock()
		control := s.control
		s.control = nil
		next, ok := item{}, control != nil
		if !ok {
			next, ok = s.out.take()
		}
		if !ok {
			s.writing = false
			ending := s.ending
			_ = s.socket.SetWriteDeadline(time.Time{})
			s.mu.Unlock()
			if ending {
				_ = s.conn.Close(websocket.StatusCode(s.code), clip(s.reason, 120))
				s.cut()
			}
			return
		}
		s.mu.Unlock()
		_ = s.socket.SetWriteDeadline(time.Now().Add(s.server.opts.PingAfter + s.server.opts.PongWithin))
		var err error
		if control != nil {
			_, err = s.stream.Write(control)
		} else {
			err = s.conn.Write(context.Background(), websocket.MessageText, next.raw)
		}
		if err != nil {
			s.drop()
			return
		}
		if !next.read.IsZero() {
			s.server.opts.Written(time.Since(next.read))
		}
	}
}

// drop discards the queue and cuts the connection.
func (s *session) drop() {
	s.mu.Lock()
	s.ending, s.writing, s.out = true, true, outbox{} // writing stays true, so no writer starts
	s.mu.Unlock()
	s.cut()
}

// cut closes the connection without a close frame.
func (s *session) cut() {
	s.mu.Lock()
	s.severed = true
	socket := s.socket
	s.mu.Unlock()
	if socket != nil {
		_ = socket.Close()
	}
}
