package announcements

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/access"
	"traybell/hub/audit"
	"traybell/hub/fail"
	"traybell/hub/pbx"
	"traybell/hub/recordings/convert"
	"traybell/shared/protocol"
)

// Announcement is one, for people and programs.
type Announcement struct {
	PBX       string   `json:"pbx"`
	Extension string   `json:"extension" doc:"or default: for all that have no announcement"`
	Agents    []string `json:"agents" nullable:"false" doc:"names of the extension's agents"`
	On        bool     `json:"on" doc:"callers hear it"`
	Recorded  bool     `json:"recorded" doc:"it has a sound; otherwise callers hear the default"`
	Sound     bool     `json:"sound" doc:"the hub can play and replace it: it shares a folder with the PBX"`
	Unproven  bool     `json:"unproven" doc:"the hub cannot see whether the PBX's dialplan plays announcements"`
	Fault     string   `json:"fault,omitempty" doc:"why it may not work now"`
}

// List returns the announcements that a person may see: an agent without a role the own ones.
func (s *Service) List(_ context.Context, p access.Principal) ([]Announcement, error) {
	list := []Announcement{}
	if !p.May(access.View) && p.Kind != access.Agent {
		return list, forbidden(access.View)
	}
	r := s.rules.Load()
	if !r.On {
		return list, nil
	}
	for _, id := range r.PBXs {
		_, shared := r.folder(id)
		fault, unproven := s.fault(id)
		for _, extension := range s.extensions() {
			if !p.May(access.View) && !s.Owns(p, extension) {
				continue
			}
			a := s.announcement(id, extension)
			one := Announcement{
				PBX: id, Extension: extension, Agents: []string{}, On: a.On, Recorded: a.Recorded, Sound: shared,
				Unproven: unproven, Fault: fault,
			}
			for _, agent := range s.Staff().At(extension) {
				one.Agents = append(one.Agents, agent.Name)
			}
			list = append(list, one)
		}
	}
	return list, nil
}

// Unproven reports whether the hub cannot see that a PBX plays announcements.
func (s *Service) Unproven(id string) bool {
	_, unproven := s.fault(id)
	return unproven
}

// fault is why announcements of a PBX do not work; empty: they do, or it is not known.
func (s *Service) fault(id string) (why string, unproven bool) {
	p, ok := s.PBXs.PBX(id)
	if !ok {
		return "The PBX is not enabled.", false
	}
	status := p.Status()
	if status.State != protocol.PBXWorking {
		return "The PBX is not connected.", true
	}
	for _, e := range s.rules.Load().Dialplan {
		right := status.Dialplan(e)
		if right.Verdict == pbx.Missing {
			return right.Text, false
		}
		unproven = unproven || right.Verdict != pbx.Granted
	}
	return "", unproven
}

// Owns reports whether a principal is an agent with an extension.
func (s *Service) Owns(p access.Principal, extension string) bool {
	a, ok := s.Staff().Agent(p.Name)
	return p.Kind == access.Agent && ok && slices.Contains(a.Extensions, extension)
}

// refusal is why a person may not change an announcement, or that it does not exist. The default needs
// the role admin, one of others supervise.
func (s *Service) refusal(p access.Principal, of protocol.OneAnnouncement) error {
	switch {
	case of.Extension == Default && !p.May(access.Admin):
		return forbidden(access.Admin)
	case of.Extension != Default && !s.Owns(p, of.Extension) && !p.May(access.Supervise):
		return forbidden(access.Supervise)
	case !s.serves(of.PBX):
		return fail.New(protocol.AnnouncementNone, of.Extension).
			Explain("announcements in hub.yml does not have the PBX %.40q.", of.PBX)
	case !slices.Contains(s.extensions(), of.Extension):
		return fail.New(protocol.AnnouncementNone, of.Extension).
			Explain("No agent has the extension %.40q, or announcements.extensions in hub.yml lacks it.", of.Extension)
	}
	return nil
}

func forbidden(role access.Role) error {
	return &fail.Error{Code: fail.Forbidden, Text: fmt.Sprintf("This needs the role %s.", role)}
}

// attempt does something with an announcement, unless it is refused, writes it down, and reads what is
// true then.
func (s *Service) attempt(p access.Principal, action string, of protocol.OneAnnouncement, detail string,
	do func(p *pbx.PBX) error,
) error {
	err := s.refusal(p, of)
	if err == nil {
		err = s.on(of, do)
	}
	e := audit.Entry{
		At: s.Now().UTC(), Kind: string(p.Kind), Who: p.Name, From: p.From, Action: action,
		Object: strings.ToValidUTF8(of.PBX+" "+of.Extension, "�"), Detail: detail,
	}
	if err != nil {
		e.Error = fail.Of(err).Error()
	}
	s.Audit.Add(e)
	return err
}

func (s *Service) on(of protocol.OneAnnouncement, do func(p *pbx.PBX) error) error {
	p, ok := s.PBXs.PBX(of.PBX)
	if !ok {
		return fail.New(protocol.ControlPBXDown, of.PBX)
	}
	err := do(p)
	s.read(of.PBX, of.Extension)
	var known *fail.Error
	var answer *pbx.ResponseError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, pbx.ErrNotConnected):
		return fail.New(protocol.ControlPBXDown, of.PBX)
	case errors.As(err, &answer) && answer.Denied():
		return fail.New(protocol.ControlPBXRight, "").Because(err).Explain("The manager user of the PBX %s needs "+
			"write = system for announcements, and write = originate to ring phones.", of.PBX)
	case errors.As(err, &answer):
		return fail.New(protocol.ControlPBXRefused, answer.Answer).Because(err)
	}
	return fail.New(protocol.ControlPBXDown, of.PBX).Because(err)
}

// Switch switches an announcement on or off.
func (s *Service) Switch(ctx context.Context, p access.Principal, in protocol.SetAnnouncement) error {
	detail := "off"
	if in.On {
		detail = "on"
	}
	return s.attempt(p, "announcement.set", in.OneAnnouncement, detail, func(x *pbx.PBX) error {
		if in.Extension == Default {
			return &fail.Error{Code: fail.Invalid, Text: "The default cannot be switched: each announcement is."}
		}
		return s.turn(ctx, x, in.Extension, in.On)
	})
}

func (s *Service) turn(ctx context.Context, x *pbx.PBX, extension string, on bool) error {
	state := "NOT_INUSE"
	var err error
	if on {
		state, err = "INUSE", x.DBPut(ctx, switches, extension, "1")
	} else {
		err = x.DBDel(ctx, switches, extension)
	}
	if err != nil {
		return err
	}
	if err := x.Steering().SetDeviceState(ctx, strings.TrimPrefix(device, "Custom:")+extension, state); err != nil {
		s.Log.Debug("keys of phones do not show the announcement; the manager user needs write=call", "error", err)
	}
	return nil
}

// Delete switches an announcement off and deletes its sound.
func (s *Service) Delete(ctx context.Context, p access.Principal, of protocol.OneAnnouncement) error {
	return s.attempt(p, "announcement.delete", of, "", func(x *pbx.PBX) error {
		if of.Extension != Default {
			if err := s.turn(ctx, x, of.Extension, false); err != nil {
				return err
			}
		}
		if err := x.DBDel(ctx, files, of.Extension); err != nil {
			return err
		}
		f, ok := s.rules.Load().folder(of.PBX)
		if !ok {
			s.Log.Info("the sound of a deleted announcement stays on the PBX: the hub shares no folder with it", "pbx",
				of.PBX, "extension", of.Extension)
			return nil
		}
		if err := f.others(ctx, of.Extension, ""); err != nil {
			return &fail.Error{
				Code: fail.Internal, Err: err,
				Text: "The announcement is not used any more, but its sound was not deleted.",
			}
		}
		return nil
	})
}

// Upload replaces the sound of an announcement by that of a file; on and off stay.
func (s *Service) Upload(ctx context.Context, p access.Principal, of protocol.OneAnnouncement, file []byte) error {
	return s.attempt(p, "announcement.upload", of, strconv.Itoa(len(file))+" bytes", func(x *pbx.PBX) error {
		f, ok := s.rules.Load().folder(of.PBX)
		if !ok {
			return &fail.Error{Code: fail.Invalid, Text: upper(noFolderError{of.PBX}.Error()) + "."}
		}
		if len(file) > MaxUpload {
			return &fail.Error{Code: fail.Invalid, Text: fmt.Sprintf("The file is larger than %d MiB.", MaxUpload>>20)}
		}
		wave, err := s.Convert(ctx, file, MaxLength)
		if err != nil {
			return unusable(err)
		}
		name := of.Extension + "-" + strconv.FormatInt(s.Now().UnixMilli(), 10)
		if err := f.write(name+".wav", wave); err != nil {
			return &fail.Error{
				Code: fail.Internal, Text: "The sound cannot be written to the folder of the PBX.", Err: err,
			}
		}
		return x.DBPut(ctx, files, of.Extension, path.Join(f.OnPBX, name))
	})
}

// unusable words why a file cannot be played.
func unusable(err error) error {
	switch {
	case errors.Is(err, convert.ErrLong):
		return &fail.Error{
			Code: fail.Invalid, Text: fmt.Sprintf("The sound is longer than %d seconds.", int(MaxLength.Seconds())),
		}
	case errors.Is(err, convert.ErrNoTool):
		return &fail.Error{Code: fail.Invalid, Text: "The hub cannot convert this file: " + err.Error() +
			". Upload a WAV file with PCM of 16 bits, 8000 Hz and one channel."}
	case errors.Is(err, convert.ErrBusy):
		return &fail.Error{Code: fail.Busy, Text: "Too many sounds are being converted: please try again.", Retry: true}
	case errors.Is(err, convert.ErrNoSound), errors.Is(err, convert.ErrEmpty):
		return &fail.Error{Code: fail.Invalid, Text: upper(err.Error()) + "."}
	}
	return &fail.Error{Code: fail.Invalid, Text: "The file cannot be read as a sound.", Err: err}
}

// uniqueid is that of the call of a command. FreePBX keeps 32 characters.
func uniqueid(in protocol.RingAnnouncement, id string) string {
	sum := sha256.Sum256([]byte(in.PBX + "\n" + in.Extension + "\n" + id))
	return "tb-a-" + hex.EncodeToString(sum[:10])
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// Sound is what callers hear.
type Sound struct {
	io.ReadSeekCloser
	Name     string // of the file
	Modified time.Time
}

// Open opens the sound of an announcement, for one who may change it or see all.
func (s *Service) Open(ctx context.Context, p access.Principal, of protocol.OneAnnouncement) (*Sound, error) {
	if err := s.refusal(p, of); err != nil && (fail.Of(err).Code != fail.Forbidden || !p.May(access.View)) {
		return nil, err
	}
	s.mu.Lock()
	file := s.known[key{of.PBX, of.Extension}].file
	s.mu.Unlock()
	none := &fail.Error{Code: fail.NotFound, Text: "There is no recorded announcement."}
	if file == "" {
		return nil, none
	}
	f, name, err := s.rules.Load().locate(of.PBX, file)
	if err != nil {
		return nil, &fail.Error{Code: fail.NotFound, Text: "The hub cannot read the announcement: " + err.Error() + "."}
	}
	opened, err := f.Place.Open(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, none
	}
	if err != nil {
		return nil, &fail.Error{Code: fail.Internal, Text: "The announcement cannot be read.", Err: err}
	}
	return &Sound{opened, name, opened.Info().Modified}, nil
}

// Ring rings the phone of an agent: it records the announcement, or plays what callers hear. id makes
// repetitions the same call.
func (s *Service) Ring(ctx context.Context, p access.Principal, in protocol.RingAnnouncement, id string) error {
	do := "listen"
	if in.Record {
		do = "record"
	}
	return s.attempt(p, "announcement."+do, in.OneAnnouncement, "", func(x *pbx.PBX) error {
		if in.Extension == Default {
			return &fail.Error{Code: fail.Invalid, Text: "The default has no phone: upload it."}
		}
		dial := s.Dial()
		_, err := x.Steering().Originate(ctx, pbx.Originate{
			Channel: dial.Channel(in.Extension), Context: phones, Exten: do, Name: "Announcement", Number: in.Extension,
			Uniqueid: uniqueid(in, id), Timeout: dial.Ring, Variables: []string{"TB_OWNER=" + in.Extension},
		})
		return err
	})
}
