package recordings

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/hub/audit"
	"traybell/hub/cdr"
	"traybell/hub/fail"
	"traybell/hub/recordings/convert"
	"traybell/hub/recordings/place"
	"traybell/shared/protocol"
)

// Plays says how a browser gets a recording.
type Plays string

// The ways.
const (
	AsIs      Plays = "as_is"
	Converted Plays = "converted" // by the hub, while it is listened to
	Download  Plays = "download"  // browsers do not play it, and the hub has no program that converts it
)

// Listed is a recording of a call.
type Listed struct {
	ID       string    `json:"id"`
	Name     string    `json:"name" doc:"of the file"`
	Size     int64     `json:"size" doc:"bytes"`
	Modified time.Time `json:"modified,omitzero"`
	Plays    Plays     `json:"plays" enum:"as_is,converted,download" doc:"how a browser gets it"`
}

// Listing is the recordings of a call.
type Listing struct {
	Recordings []Listed `json:"recordings" nullable:"false"`
	// InProgress: recordings can be listened to after the call
	InProgress bool     `json:"in_progress,omitempty" doc:"the call has not ended: its recordings are not complete"`
	Missing    []string `json:"missing" nullable:"false" doc:"names that the PBX gave, of which there is no file"`
	Faults     []string `json:"faults" nullable:"false" doc:"why recordings may be missing; for people with a role"`
	Link       string   `json:"link,omitempty" doc:"for tickets; it expires"`
}

// longestCall bounds the ids of calls, in bytes: they come from URLs.
const longestCall = 256

// MayListen reports whether a person may listen to some recordings: those of own calls at least.
func (s *Service) MayListen(p access.Principal) bool {
	return s.On() && s.some(p)
}

// some reports whether a person may listen to some recordings.
func (o Options) some(p access.Principal) bool {
	if p.May(access.Recordings) || p.Kind == viewer {
		return true
	}
	a, ok := o.Staff().Agent(p.Name)
	return p.Kind == access.Agent && ok && (a.May(protocol.RightRecordings) || a.May(protocol.RightTeamRecordings))
}

// call returns the record of a call to which a person may listen.
func (s *Service) call(ctx context.Context, p access.Principal, callID string) (cdr.Record, []Note, error) {
	if !s.some(p) { // and does not learn which calls there are
		return cdr.Record{}, nil, errForbidden
	}
	r, ok, err := s.Store.CallRecord(ctx, callID)
	if err != nil {
		return r, nil, err
	}
	if !ok {
		return r, nil, errNoCall
	}
	notes, err := s.mayListenTo(ctx, p, r)
	return r, notes, err
}

// mayListenTo returns what is known of the recordings of a call, if a person may listen to them.
func (o Options) mayListenTo(ctx context.Context, p access.Principal, r cdr.Record) ([]Note, error) {
	notes, talkers, err := o.Store.RecordingsOf(ctx, r.CallID)
	if err != nil {
		return nil, err
	}
	var unsure [][]string // agents of an extension, one of whom talked
	for _, field := range []string{r.Agent, r.CalleeAgent} {
		switch logins := strings.Split(field, ","); {
		case len(logins) > 1:
			unsure = append(unsure, logins)
		case field != "":
			talkers = append(talkers, field)
		}
	}
	if !o.may(p, talkers, unsure) {
		return nil, errForbidden
	}
	return notes, nil
}

// Page returns the address of the page with the recordings of a call, if the call has ended and the
// agent may listen to it; else none.
func (s *Service) Page(ctx context.Context, login string, r cdr.Record) string {
	p := access.Principal{Kind: access.Agent, Name: login}
	hub := strings.TrimRight(s.Rules().Links.Hub, "/")
	if r.Answered.IsZero() || r.Ended.IsZero() || hub == "" || !s.MayListen(p) {
		return ""
	}
	if _, err := s.mayListenTo(ctx, p, r); err != nil {
		return ""
	}
	return hub + "/calls/" + url.PathEscape(r.CallID) + "#recordings"
}

// viewer is who listens by a link that is enough.
const viewer access.Kind = "link"

// ByLink is the principal of someone who opened a link that is enough, from an address.
func ByLink(callID, from string) access.Principal {
	return access.Principal{Kind: viewer, Name: callID, From: from}
}

// may reports whether a person may listen to a call in which agents talked, and one of each that are
// unsure: that is no own call of any, but one of a team that has them all.
func (o Options) may(p access.Principal, talkers []string, unsure [][]string) bool {
	switch {
	case p.Kind == viewer || p.May(access.Recordings):
		return true
	case p.Kind != access.Agent:
		return false
	}
	staff := o.Staff()
	a, ok := staff.Agent(p.Name)
	switch {
	case !ok:
		return false
	case slices.Contains(talkers, a.Login):
		return a.May(protocol.RightRecordings) || a.May(protocol.RightTeamRecordings)
	case !a.May(protocol.RightTeamRecordings):
		return false
	}
	foreign := func(login string) bool {
		other, ok := staff.Agent(login)
		return !ok ||
			!slices.ContainsFunc(other.Teams, func(team string) bool { return slices.Contains(a.Teams, team) })
	}
	return slices.ContainsFunc(talkers, func(login string) bool { return !foreign(login) }) ||
		slices.ContainsFunc(unsure, func(logins []string) bool { return !slices.ContainsFunc(logins, foreign) })
}

// List returns the recordings of a call to which a person may listen.
func (s *Service) List(ctx context.Context, p access.Principal, callID string) (Listing, error) {
	list := Listing{Recordings: []Listed{}, Missing: []string{}, Faults: []string{}}
	if len(callID) > longestCall {
		return list, madeUp(s.some(p), errNoCall)
	}
	r, notes, err := s.call(ctx, p, callID)
	if err != nil {
		if ctx.Err() == nil {
			s.once(p, "recording.list", callID, "", err)
		}
		return list, err
	}
	if list.InProgress = r.Ended.IsZero(); list.InProgress {
		return list, nil
	}
	found, err := s.searches.find(ctx, s.rules.Load(), r, notes, s.Now)
	if err != nil {
		return list, err
	}
	for _, one := range found.Recordings {
		list.Recordings = append(list.Recordings, Listed{
			ID: one.ID, Name: one.Name, Size: one.Size, Modified: one.Modified.UTC(), Plays: plays(one,
				s.Convert.Tool()),
		})
	}
	list.Missing = append(list.Missing, found.Missing...)
	for _, fault := range found.Faults {
		s.Log.Warn("recordings cannot be looked for", "call", callID, "error", fault)
		if p.May(access.View) {
			list.Faults = append(list.Faults, fault.Error())
		} else if len(list.Faults) == 0 {
			list.Faults = append(list.Faults, "Some recordings cannot be looked for now.")
		}
	}
	if len(list.Recordings) > 0 && p.Kind != viewer {
		list.Link = s.Link(callID)
	}
	return list, nil
}

// plays says how a browser gets a recording, by its name: what a .WAV has, only Asterisk's own naming
// tells without reading it.
func plays(r Recording, tool string) Plays {
	switch {
	case convert.Playable(r.Format, nil) && !strings.HasSuffix(r.Name, ".WAV") && !strings.HasSuffix(r.Name, ".wav49"):
		return AsIs
	case convert.Can(r.Format) && tool != "":
		return Converted
	}
	return Download
}

// Audio is a recording to listen to.
type Audio struct {
	io.ReadSeekCloser
	Name       string // of the file
	Type       string // of its content
	Modified   time.Time
	Attachment bool // browsers do not play it
}

// Open opens a recording of a call for a person, as it is if original, otherwise so that browsers play
// it where that is possible.
func (s *Service) Open(ctx context.Context, p access.Principal, callID, id string, original bool) (*Audio, error) {
	if len(callID) > longestCall || !isIdentity(id) {
		return nil, madeUp(s.some(p), errGone)
	}
	r, err := s.open(ctx, p, callID, id)
	name := id
	var audio *Audio
	if err == nil {
		name = r.Name
		audio, err = s.audio(ctx, p, r, original)
	}
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	s.listened(p, callID, id, name, err)
	return audio, err
}

// open finds the recording and checks that the person may listen to it.
func (s *Service) open(ctx context.Context, p access.Principal, callID, id string) (r Recording, err error) {
	of, notes, err := s.call(ctx, p, callID)
	if err != nil {
		return r, err
	}
	if of.Ended.IsZero() {
		return r, &fail.Error{Code: fail.Conflict, Text: "The call has not ended: its recording is not complete."}
	}
	if r, known := s.searches.known(callID, id, s.Now()); known && r == nil {
		return Recording{}, errGone
	} else if known {
		return *r, nil
	}
	found, err := s.searches.find(ctx, s.rules.Load(), of, notes, s.Now)
	if err != nil {
		return r, err
	}
	for _, one := range found.Recordings {
		if one.ID == id {
			return one, nil
		}
	}
	return r, errGone
}

// madeUp is the error of ids that the hub does not give, for a person who may listen to some recordings
// or to none. They are not written to the audit.
func madeUp(some bool, gone error) error {
	if !some {
		return errForbidden
	}
	return gone
}

var (
	errForbidden = &fail.Error{Code: fail.Forbidden, Text: "You may not listen to this call."}
	errNoCall    = &fail.Error{Code: fail.NotFound, Text: "The hub has no record of this call."}
	errGone      = &fail.Error{Code: fail.NotFound, Text: "There is no such recording. It may have been deleted."}
)

func (s *Service) audio(ctx context.Context, p access.Principal, r Recording, original bool) (*Audio, error) {
	file, err := r.source.Place.Open(ctx, r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errGone
	}
	if err != nil {
		return nil, &fail.Error{Code: fail.Internal, Text: "The recording cannot be read.", Err: err}
	}
	audio := &Audio{
		ReadSeekCloser: file, Name: r.Name, Type: contentType(r.Format), Modified: file.Info().Modified,
		Attachment: original,
	}
	if original {
		return audio, nil
	}
	begin := make([]byte, 64)
	n, err := io.ReadFull(file, begin)
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, errors.Join(
			&fail.Error{Code: fail.Internal, Text: "The recording cannot be read.", Err: err},
			file.Close(),
		)
	}
	if convert.Playable(r.Format, begin[:n]) {
		return audio, nil
	}
	if !convert.Can(r.Format) || s.Convert.Tool() == "" {
		audio.Attachment = true
		return audio, nil
	}
	info := file.Info()
	_ = file.Close()
	wave, err := s.Convert.Wave(ctx, listener(p), version(r, info), r.Format, func() (io.ReadCloser, error) {
		return r.source.Place.Open(ctx, r.path)
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errGone
	case errors.Is(err, convert.ErrBusy):
		return nil, &fail.Error{
			Code: fail.Busy, Text: "Too many recordings are being converted: please try again.", Retry: true, Err: err,
		}
	case err != nil:
		s.Log.Warn("recording not converted", "recording", r.path, "error", err)
		return nil, &fail.Error{
			Code: fail.Internal, Text: "The recording cannot be converted: please download it.", Err: err,
		}
	}
	audio.ReadSeekCloser, audio.Type = wave, contentType("wav")
	audio.Name = strings.TrimSuffix(r.Name, "."+r.Format) + ".wav"
	return audio, nil
}

// version names the content of a file: one that has grown is converted again.
func version(r Recording, info place.Info) convert.Key {
	return convert.Key{Recording: r.ID, Version: fmt.Sprintf("%d %d", info.Size, info.Modified.UnixNano())}
}

// listener names a person whose conversions are bounded: of those with a link it is the address.
func listener(p access.Principal) string {
	if p.Kind == viewer {
		return string(p.Kind) + " " + p.From
	}
	return string(p.Kind) + " " + p.Name
}

func contentType(format string) string {
	switch format {
	case "wav":
		return "audio/wav"
	case "mp3":
		return "audio/mpeg"
	case "ogg":
		return "audio/ogg"
	case "flac":
		return "audio/flac"
	case "m4a":
		return "audio/mp4"
	case "webm":
		return "audio/webm"
	}
	return "application/octet-stream"
}

// once writes what is not written yet: a page may ask again and again.
func (s *Service) once(p access.Principal, action, object, detail string, err error) {
	parts := []string{string(p.Kind), p.Name, p.From, action, object}
	if err != nil {
		parts = append(parts, fail.Of(err).Error())
	}
	if s.heard.first(s.Now(), parts...) {
		s.write(p, action, object, detail, err)
	}
}

func (o Options) write(p access.Principal, action, object, detail string, err error) {
	e := audit.Entry{
		At: o.Now().
			UTC(),
		Kind: string(p.Kind), Who: p.Name, From: p.From, Action: action, Object: object, Detail: detail,
	}
	if err != nil {
		e.Error = fail.Of(err).Error()
	}
	o.Audit.Add(e)
}

// Revoke makes all links to the recordings of a call void that were made until now. Who may listen to
// all recordings may.
func (s *Service) Revoke(ctx context.Context, p access.Principal, callID string) error {
	err := needs(p, access.Recordings)
	if err == nil {
		err = s.Store.RevokeLinks(ctx, callID, s.Now())
	}
	s.write(p, "recording.revoke", callID, "", err)
	return err
}

func needs(p access.Principal, role access.Role) error {
	if p.May(role) {
		return nil
	}
	return &fail.Error{Code: fail.Forbidden, Text: fmt.Sprintf("This needs the role %s.", role)}
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func days(d time.Duration) string { return count(int(d/(24*time.Hour)), "day", "days") }
