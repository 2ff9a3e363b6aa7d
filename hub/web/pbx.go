package web

import (
	"net/http"
	"time"

	"traybell/shared/protocol"
)

// PBXs are the Asterisk servers.
type PBXs interface {
	PBXStatuses() []PBXStatus
	// TryPBX lets one be tried at once, beside the request; false: none that is enabled has that
	// name.
	TryPBX(id string) bool
}

// PBXStatus is how one PBX stands.
type PBXStatus struct {
	ID       string
	Address  string
	Username string
	TLS      bool
	MD5      bool
	Enabled  bool
	State    protocol.PBXState
	Reason   string    // why it does not work, or what it lacks
	Since    time.Time // of the state; zero: it was never enabled
	Manager  string    // version of the manager protocol; empty: it was never reached
	Asterisk string    // empty: the manager user may not ask for it
	Rights   []PBXRight
}

// PBXRight is one thing that the manager user needs.
type PBXRight struct {
	Right   string // as manager.conf has it
	Says    string
	Granted bool
	Missing bool // neither: it cannot be told yet
}

// Working is true for one that is connected.
func (s PBXStatus) Working() bool { return s.State == protocol.PBXWorking }

// pbxPage is what pbx.html shows.
type pbxPage struct {
	Title  string
	Search string
	PBXs   []PBXStatus
}

func (s *Server) pbxs(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "pbx.html", pbxPage{Title: "PBX", PBXs: s.o.PBXs.PBXStatuses()})
}

func (s *Server) tryPBX(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if !s.o.PBXs.TryPBX(r.PostFormValue("id")) {
		s.message(w, r, http.StatusNotFound, "No such PBX", "hub.yml names no PBX like that, or it is not enabled.")
		return
	}
	http.Redirect(w, r, "/pbx", http.StatusSeeOther)
}
