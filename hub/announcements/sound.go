package announcements

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"traybell/hub/fail"
)

// Limits of a sound.
const (
	MaxUpload = 10 << 20 // bytes
	MaxLength = 2 * time.Minute

	uploadsAtOnce = 4 // bounds their memory
)

// Receive takes one of the places for sounds that arrive, until done is called. Errors are *fail.Error.
func (s *Service) Receive() (done func(), err error) {
	select {
	case s.uploads <- struct{}{}:
		return func() { <-s.uploads }, nil
	default:
		return nil, &fail.Error{Code: fail.Busy, Text: "Too many files are being uploaded: try again.", Retry: true}
	}
}

// fileName is what a file of announcements may be called.
var fileName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// noFolderError says that the hub cannot get at the sounds of a PBX.
type noFolderError struct{ pbx string }

func (e noFolderError) Error() string {
	return fmt.Sprintf("the hub shares no folder with the PBX %s: set announcements.folders in hub.yml. AMI "+
		"carries no files", e.pbx)
}

// locate returns the name, below the folder that the hub shares with a PBX, of a file on it.
func (r *Rules) locate(id, onPBX string) (Folder, string, error) {
	f, ok := r.folder(id)
	if !ok {
		return f, "", noFolderError{id}
	}
	name := path.Base(onPBX)
	if path.Join(f.OnPBX, name) != onPBX || !fileName.MatchString(name) {
		return f, "", fmt.Errorf("the announcement is %s on the PBX, which is not in %s, see announcements.folders",
			onPBX, f.OnPBX)
	}
	return f, name + ".wav", nil
}

// write writes a new sound into a folder, complete or not at all.
func (f Folder) write(name string, wave []byte) (err error) {
	root, err := os.OpenRoot(f.Place.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	half := "." + name
	file, err := root.OpenFile(half, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644) // the PBX is another user
	if err != nil {
		return err
	}
	_, err = file.Write(wave)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err == nil { // whatever the umask is
		err = root.Rename(half, name)
	}
	if err != nil {
		_ = root.Remove(half)
	}
	return err
}

// others removes the sounds of an extension except those that began with or after the one that is
// kept; kept empty: all. One that is being played goes on.
func (f Folder) others(ctx context.Context, extension, kept string) error {
	names, err := f.Place.Find(ctx, extension+"-*.wav")
	if err != nil {
		return err
	}
	for _, name := range names {
		stem := strings.TrimSuffix(name, ".wav")
		if kept != "" && (stem == kept || began(stem) >= began(kept)) {
			continue // the agent may record it now
		}
		if failed := f.Place.Remove(ctx, name); failed != nil && !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// began is the Unix time in the name of a sound, in milliseconds. The dialplan writes it in seconds.
func began(stem string) int64 {
	_, text, _ := strings.Cut(stem, "-")
	at, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil: // not of the dialplan or of the hub
		return 0
	case at < 1e11:
		return at * 1000
	}
	return at
}

// tidy removes the sounds that another has replaced.
func (s *Service) tidy(id, extension, file string) {
	if file == "" {
		return
	}
	f, name, err := s.rules.Load().locate(id, file)
	if err != nil {
		return // there is no folder, or the administrator has put the sound elsewhere
	}
	if err := f.others(s.ctx, extension, strings.TrimSuffix(name, ".wav")); err != nil && s.ctx.Err() == nil {
		s.Log.Warn("an older announcement was not deleted", "pbx", id, "extension", extension, "error", err)
	}
}

// Trial says of each folder whether the hub can read and write it.
func Trial(ctx context.Context, r Rules) (works, doubts []string) {
	for _, f := range r.Folders {
		const name = "traybell-check.wav"
		err := f.write(name, nil)
		if err == nil {
			err = f.Place.Remove(ctx, name)
		}
		if err != nil {
			doubts = append(doubts, fmt.Sprintf("folder %s: %v. The hub's user must read and write it: give it to the "+
				"PBX's user and a group with both, mode 2775", f.Place.Path, err))
			continue
		}
		works = append(works, fmt.Sprintf("folder %s (%s on the PBX): can be written", f.Place.Path, f.OnPBX))
	}
	for _, id := range r.PBXs {
		if _, ok := r.folder(id); !ok {
			doubts = append(doubts,
				noFolderError{id}.Error()+". Without it announcements are recorded and heard by phone")
		}
	}
	return works, doubts
}
