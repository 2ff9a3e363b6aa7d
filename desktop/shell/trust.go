package shell

import (
	"context"
	"fmt"
	"os"

	"traybell/desktop/client"
	"traybell/desktop/ui"

	"fyne.io/fyne/v2"
)

// askTrust shows a certificate's fingerprint and waits for the agent's word. It is called by the
// connection, which waits.
func (s *shell) askTrust(ctx context.Context, server, fingerprint string) bool {
	s.log.Info("the hub's certificate is new", "server", server, "fingerprint", fingerprint)
	answer := make(chan bool, 1)
	say := func(trusted bool) {
		select {
		case answer <- trusted:
		default:
		}
	}
	s.loop.Do(func() {
		if !s.canOpen() {
			s.post(func() {
				s.notice("trust", "trust.title",
					s.texts.SayWith("trust.first", map[string]any{"Server": server})+"\ntraybell --trust "+fingerprint)
			})
			fmt.Fprintf(os.Stderr, "traybell --trust %s\n", fingerprint)
			say(false)
			return
		}
		content := ui.NewTrust(s.texts, server, fingerprint, func(trusted bool) {
			s.windows.Hide(trustWindow)
			say(trusted)
		})
		s.windows.Open(trustWindow, s.texts.Say("trust.title"), content, fyne.NewSize(520, 300), func() { say(false) })
	})
	select {
	case trusted := <-answer:
		return trusted
	case <-ctx.Done():
		s.loop.Do(func() { s.windows.Hide(trustWindow) })
		return false
	}
}

// openDistrust says that the hub's certificate has changed. Whoever says that it was renewed trusts
// the new one from then on.
func (s *shell) openDistrust(server, old, now string) {
	if !s.canOpen() {
		return
	}
	hide := func() { s.windows.Hide(trustWindow) }
	content := ui.NewDistrust(s.texts, server, old, now, func() {
		hide()
		s.post(func() {
			s.pin(now)
			s.asked = map[client.Kind]bool{}
			s.connect()
		})
	}, hide)
	s.windows.Open(trustWindow, s.texts.Say("trust.title"), content, fyne.NewSize(560, 460), nil)
}

// pin keeps the certificate that was trusted.
func (s *shell) pin(fingerprint string) {
	own := s.opts.trusted(s.kept(), fingerprint).StripInherited(s.computer)
	if own == s.own {
		return
	}
	s.own = own
	if err := s.file.Save(s.own); err != nil {
		s.log.Error("the certificate is not remembered", "error", err)
	}
}
