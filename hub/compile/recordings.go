package compile

import (
	"errors"
	"fmt"

	"traybell/hub/config"
	"traybell/hub/config/document"
	"traybell/hub/recordings"
	"traybell/hub/recordings/place"
	"traybell/hub/remote"
	"traybell/hub/sqlserver"
)

// recordingRules converts the key recordings. The links have no address yet.
func recordingRules(cfg *config.Config) (recordings.Rules, document.Problems) {
	rules := recordings.Rules{
		Retention: cfg.Recordings.Retention, Notes: cfg.CDR.Retention,
		Links: recordings.Links{Valid: cfg.Recordings.Links.Valid, SignIn: cfg.Recordings.Links.SignIn},
	}
	var problems document.Problems
	for i, s := range cfg.Recordings.Sources {
		source, key, err := recordingSource(s)
		if err != nil {
			problems = append(problems, cfg.Problem(fmt.Sprintf("recordings.sources[%d]%s", i, key), err.Error()))
			continue
		}
		rules.Sources = append(rules.Sources, source)
	}
	return rules, problems
}

func recordingSource(s config.RecordingSource) (source recordings.Source, key string, err error) {
	source = recordings.Source{
		PBXs: s.PBX, Folder: s.PBXFolder, Pattern: recordings.Pattern(s.Pattern),
		Place: place.Folder{Path: s.Folder, Delete: s.Delete},
	}
	option := func(below string, err error) (recordings.Source, string, error) {
		if of := new(remote.OptionError); errors.As(err, &of) {
			return source, below + "." + of.Key, of.Err
		}
		return source, below, err
	}
	if s.URL != "" {
		if source.Place, err = place.NewServer(place.ServerOptions{
			URL: s.URL, Username: s.Username, Password: s.Password.Reveal(), Token: s.Token.Reveal(), CA: s.CA,
		}); err != nil {
			return option("", err)
		}
	}
	if s.Pattern != "" {
		if err := source.Pattern.Check(s.URL == ""); err != nil {
			return source, ".pattern", err
		}
	}
	if s.CDR.Driver != "" {
		if source.Table, err = recordings.NewTable(recordings.TableOptions{
			Options: sqlserver.Options{Driver: s.CDR.Driver, DSN: s.CDR.DSN.Reveal(), CA: s.CDR.CA}, Query: s.CDR.Query,
		}); err != nil {
			return option(".cdr", err)
		}
	}
	return source, "", nil
}
