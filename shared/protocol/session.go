package protocol

// OpenSession is the data of session.open, the first message of a terminal. Login selects an agent
// of the extension; without it the password does.
type OpenSession struct {
	Protocol  int    `json:"protocol"`
	Extension string `json:"extension"`
	Login     string `json:"login,omitempty"`
	Password  string `json:"password"`
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
	Hub      string   `json:"hub"` // version of the hub
}

// Agent is the agent who signed in.
type Agent struct {
	Login      string   `json:"login"`
	Name       string   `json:"name"`
	Extensions []string `json:"extensions"`
	Rights     []Right  `json:"rights"` // ticket, category, block
}

// Settings are the administrator's defaults for desktops. Locked lists the keys that agents may not
// change ("links.ticket").
type Settings struct {
	Language string   `json:"language,omitempty"`
	Popups   Popups   `json:"popups"`
	Links    Links    `json:"links"` // templates with <PIM_…>
	Locked   []string `json:"locked,omitempty"`
}

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

// PBX is the data of the event pbx.
type PBX struct {
	ID     string   `json:"id"`
	State  PBXState `json:"state"`
	Reason string   `json:"reason,omitempty"`
}

// ClosedSession is the data of session.closed, sent before the hub closes the connection.
type ClosedSession struct {
	Code   CloseCode `json:"code"`
	Reason string    `json:"reason"`
	Wait   int       `json:"wait,omitempty"` // with CloseBusy: seconds to wait before reconnecting
}

// CloseCode is a WebSocket close code (RFC 6455, 7.4.2, private use). 4000 to 4099: reconnect; 4400
// to 4499: do not.
type CloseCode int

// The close codes.
const (
	CloseRestart  CloseCode = 4000 // the hub stops or restarts
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
