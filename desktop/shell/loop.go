package shell

// run is the shell's goroutine.
func (s *shell) run() {
	for {
		select {
		case <-s.ctx.Done():
			if s.hangUp != nil {
				s.hangUp()
			}
			return
		case f := <-s.todo:
			f()
		}
	}
}

// post hands the shell's goroutine something to do and does not wait until it is done. It is for
// every other goroutine: where the queue is full it waits for room, so that a hub that floods is
// read no faster than it is heard, and the shell's own would wait for itself.
func (s *shell) post(f func()) {
	select {
	case s.todo <- f:
	case <-s.ctx.Done():
	}
}

// ask hands it something and waits until it is done; false when the program ends meanwhile. It is
// for Fyne's goroutine.
func (s *shell) ask(f func()) bool {
	done := make(chan struct{})
	s.post(func() { f(); close(done) })
	select {
	case <-done:
		return true
	case <-s.ctx.Done():
		return false
	}
}
