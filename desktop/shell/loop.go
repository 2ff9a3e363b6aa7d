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

// post hands the shell's goroutine something to do, from any other. It does not wait for it.
func (s *shell) post(f func()) {
	select {
	case s.todo <- f:
	case <-s.ctx.Done():
	}
}

// ask hands it something and waits for it; false when the program ends meanwhile.
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
