package protocol

import "strings"

// OpenSession is the data of session.open, the first message of a terminal. Login selects an agent
// of the extension; without it the password does. Token is the last one that the hub gave this
// desktop, see SessionToken.
type OpenSession struct {
	Protocol  int    `json:"protocol"`
	Extension string `json:"extension"`
	Login     string `json:"login,omitempty"`
	Password  string `json:"password"`
	Token     string `json:"token,omitempty"`
	Client    Client `json:"client"`
}

// Client describes the desktop that signs in. Desktop is a random ID of the installation: an agent
// has one session per desktop.
type Client struct {
	Version  string `json:"version"`
	OS       string `json:"os"`
	Language string `json:"language"`
	Desktop  string `json:"desktop"`
}

// OpenedSession is the data of session.opened: the agent and the whole state, before any change to
// it.
type OpenedSession struct {
	Agent    Agent    `json:"agent"`
	Settings Settings `json:"settings"`
	Calls    []Call   `json:"calls"`
	PBXs     []PBX    `json:"pbxs"`
	Hub      string   `json:"hub"`            // version of the hub
	Work     *Work    `json:"work,omitempty"` // absent: the hub has no agent states
	// absent: the agent has no recorded announcements
	Announcements *Announcements `json:"announcements,omitempty"`
	// newest version of the desktop for this system that the hub hands out at /get, such as v1.2.3;
	// empty: none
	Desktop string `json:"desktop,omitempty"`
	// longest note for a ticket, in characters; 0: an older hub, which takes neither notes nor
	// tickets for calls of the history
	MaxNote int    `json:"max_note,omitempty"`
	Token   string `json:"token,omitempty"` // see SessionToken; only in the answer to session.open
}

// SessionToken is the data of session.token: it replaces the token of this desktop, which presents
// it at its next sign-in. It is of no use without the password.
type SessionToken struct {
	Token string `json:"token"`
}

// Agent is the agent who signed in.
type Agent struct {
	Login      string   `json:"login"`
	Name       string   `json:"name"`
	Extensions []string `json:"extensions"`
	Rights     []Right  `json:"rights"` // ticket, category, block, control
	// where the agent changes the password; empty: an older hub, which does not know password.set
	Password PasswordAt `json:"password,omitempty"`
}

// PasswordAt is where a password is changed.
type PasswordAt string

// The places.
const (
	PasswordHub       PasswordAt = "hub"       // by password.set
	PasswordDirectory PasswordAt = "directory" // in the company's directory
	PasswordFixed     PasswordAt = "fixed"     // an administrator does it: the hub cannot write it
)

// Settings are the administrator's defaults for desktops. Locked lists the keys that agents may not
// change ("links.ticket").
type Settings struct {
	Language string   `json:"language,omitempty"`
	Popups   Popups   `json:"popups"`
	Links    Links    `json:"links"` // templates with <PIM_…>
	Locked   []string `json:"locked,omitempty"`

	Autostart *bool `json:"autostart,omitempty"` // start the program at sign-in; absent: the agent decides
	// what to do about a newer version; absent: an older hub, which hands out none
	Updates Updates `json:"updates,omitempty"`
}

// Updates is what a desktop does about a newer version of itself.
type Updates string

// The policies.
const (
	UpdatesOff     Updates = "off"
	UpdatesNotify  Updates = "notify"  // the menu leads to the hub's page
	UpdatesInstall Updates = "install" // a press in the menu also installs it
)

// Popups are the delays of the three kinds of popup.
type Popups struct {
	Incoming PopupKind `json:"incoming"`
	Answer   PopupKind `json:"answer"`
	Warning  PopupKind `json:"warning"`
}

// PopupKind are the settings of a kind of popup. Delays are in milliseconds. With Show 0 it stays
// until it is closed or the call ends.
type PopupKind struct {
	Enabled   bool `json:"enabled"`
	Appear    int  `json:"appear"`
	Show      int  `json:"show"`
	Disappear int  `json:"disappear"`
}

// PBXState is the state of the hub's connection to a PBX.
type PBXState string

// The three states.
const (
	PBXStopped    PBXState = "stopped"
	PBXConnecting PBXState = "connecting"
	PBXWorking    PBXState = "working"
)

// PBX is the data of the event pbx. Reason is a short English sentence; it is empty for a stopped
// PBX that an administrator disabled. Desktops say the state in the agent's language.
type PBX struct {
	ID     string   `json:"id"`
	State  PBXState `json:"state"`
	Reason string   `json:"reason,omitempty"`
	Dial   bool     `json:"dial,omitempty"` // agents with the right control may dial through it
	// agents with the right control may have it ring their phone by call.test; false also: an older hub
	Ring bool `json:"ring,omitempty"`
}

// ClosedSession is the data of session.closed, sent before the hub closes the connection.
type ClosedSession struct {
	Code   CloseCode `json:"code"`
	Reason string    `json:"reason"`
	Wait   int       `json:"wait,omitempty"` // with CloseBusy and CloseRestart: seconds to wait before reconnecting

	Problem Problem `json:"problem,omitempty"`
	About   string  `json:"about,omitempty"` // of Problem
}

// CloseCode is a WebSocket close code (RFC 6455, 7.4.2, private use). 4000 to 4099: reconnect; 4400
// to 4499: do not.
type CloseCode int

// The close codes.
const (
	CloseRestart  CloseCode = 4000 // the hub stops, restarts, or is under maintenance
	CloseSlow     CloseCode = 4001 // the terminal reads too slowly: reconnect for a new snapshot
	CloseTimeout  CloseCode = 4002 // no session.open in time, or no answer to a ping
	CloseBusy     CloseCode = 4003 // too many terminals or sign-ins: reconnect later
	CloseRefused  CloseCode = 4400 // wrong extension or password
	CloseReplaced CloseCode = 4401 // the same agent signed in again on this desktop
	CloseEnded    CloseCode = 4402 // an administrator ended the session or removed the agent
	CloseInvalid  CloseCode = 4403 // protocol violation
)

// ComeBack reports whether a terminal should reconnect.
func (c CloseCode) ComeBack() bool { return c < 4400 || c > 4499 }

const moved = "moved: "

// MaxCloseReason limits the bytes of an address in Moved, so that it fits into a close frame.
const MaxCloseReason = 110

// Moved is the reason of a normal close frame (1000) with which a terminal leaves for another hub,
// whose address is to.
func Moved(to string) string { return moved + to }

// MovedTo returns the address of the hub to which a terminal has moved, from the reason of its close
// frame.
func MovedTo(reason string) (to string, ok bool) { return strings.CutPrefix(reason, moved) }
