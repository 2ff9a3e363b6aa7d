package web

import (
	"net/http"
	"time"

	"traybell/shared/protocol"
)

// PBXs are the Asterisk servers.
type PBXs interface {
	PBXStatuses() []PBXStatus
	// TryPBX starts a reconnect; false: no enabled PBX has that id.
	TryPBX(id string) bool
}

// PBXStatus is the state of a PBX.
type PBXStatus struct {
	ID       string
	Address  string
	Username string
	TLS      bool
	MD5      bool
	Enabled  bool
	State    protocol.PBXState
	Reason   string    // why it does not work, or which right is missing
	Since    time.Time // of the state; zero: never enabled
	Manager  string    // version of the manager protocol; empty: never connected
	Asterisk string    // version; empty: not permitted to the manager user
	Rights   []PBXRight
}

// PBXRight is one thing that the manager user needs.
type PBXRight struct {
	Right   string // as in manager.conf
	Says    string
	Granted bool
	Missing bool // neither: not known yet
}

// Working reports whether the PBX is connected.
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
		s.message(w, r, http.StatusNotFound, "No such PBX", "hub.yml has no enabled PBX with this id.")
		return
	}
	http.Redirect(w, r, "/pbx", http.StatusSeeOther)
}
