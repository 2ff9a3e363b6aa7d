// Package announcements knows and changes the recorded announcements of agents: what callers hear of
// an agent who does not answer. The dialplan in packaging/asterisk records and plays them; its AstDB
// says which are on, and which file each has.
//
// A Service owns a copy of these entries, which it reads after each connection, with each snapshot,
// and when the device Custom:op_alert<extension> changes. Commands run on the goroutines of their
// callers. The sounds are in folders that the hub shares with the PBXs: AMI carries no files.
package announcements

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"time"

	"traybell/hub/audit"
	"traybell/hub/dialplan"
	"traybell/hub/pbx"
	"traybell/hub/recordings/place"
	"traybell/hub/staff"
	"traybell/shared/protocol"
)

// The entries of the AstDB, as the dialplan has them.
const (
	switches = "op_alert"      // by extension; "1": the announcement is on
	files    = "op_alert_file" // by extension: a path without .wav
	mask     = "announcements" // in the family traybell: an expression for who may have one
	family   = "traybell"
	phones   = "traybell-announcement-phone" // context that records and plays
)

// Default is the extension of the announcement for all who have none.
const Default = "default"

// Rules are the key announcements of hub.yml.
type Rules struct {
	On         bool
	PBXs       []string // that play announcements
	Expression string   // for who may have one; empty: all
	Code       string   // that records, for people
	Folders    []Folder
	Dialplan   []pbx.Extension // what PBXs need
}

// Folder is one that the hub shares with PBXs.
type Folder struct {
	PBXs  []string // empty: all
	Place place.Folder
	OnPBX string // the same folder on the PBX
}

func (r *Rules) may(extension string) bool {
	if r.Expression == "" {
		return true
	}
	matches, err := regexp.MatchString(r.Expression, extension)
	return err == nil && matches
}

// folder returns what the hub shares with a PBX.
func (r *Rules) folder(id string) (Folder, bool) {
	i := slices.IndexFunc(r.Folders, func(f Folder) bool { return len(f.PBXs) == 0 || slices.Contains(f.PBXs, id) })
	if i < 0 {
		return Folder{}, false
	}
	return r.Folders[i], true
}

// Options are what a Service needs. All fields are required.
type Options struct {
	PBXs  *pbx.Set
	Staff func() *staff.Staff
	Dial  func() *dialplan.Plan // rings agents' phones
	// Convert makes a sound that was uploaded one that Asterisk plays.
	Convert func(ctx context.Context, sound []byte, most time.Duration) (wave []byte, err error)
	Audit   interface{ Add(e audit.Entry) }
	Send    func(logins []string, m protocol.Message)
	Go      func(f func()) // runs f in the background
	Log     *slog.Logger
	Now     func() time.Time
}

// Dialplan is what the dialplan needs for these rules. dial is the context of the phones.
func Dialplan(code, dial string) []pbx.Extension {
	return []pbx.Extension{
		{
			Context: phones, Exten: "record", Need: "recorded announcements", Remedy: pbx.CopyDialplan,
		},
		{
			Context: dial, Exten: code, Need: "the code of recorded announcements",
			Remedy: "Write \"include => traybell-services\" into the context " + dial +
				" of extensions.conf (on FreePBX " +
				"traybell/freepbx.conf does it), or set announcements.code to the number in announcements.conf",
		},
	}
}
