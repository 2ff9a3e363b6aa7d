package api

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"strings"

	"traybell/hub/access"
	"traybell/hub/announcements"
	"traybell/shared/protocol"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const announcementTag = "Announcements"

// OneAnnouncement are the parameters that name an announcement.
type OneAnnouncement struct {
	PBX       string `path:"pbx" maxLength:"64" doc:"id"`
	Extension string `path:"extension" maxLength:"64" doc:"or default: for all that have no announcement"`
}

func (a OneAnnouncement) of() protocol.OneAnnouncement { return protocol.OneAnnouncement(a) }

type switchAnnouncement struct {
	OneAnnouncement
	Body struct {
		On bool `json:"on"`
	}
}

type ringAnnouncement struct {
	OneAnnouncement
	Body struct {
		Record bool `json:"record,omitempty" doc:"true: it records the announcement; otherwise it plays it"`
	}
}

type uploadSound struct {
	OneAnnouncement
	RawBody []byte `contentType:"audio/*"`
}

// soundPath is the end of the path of a sound.
const soundPath = "/sound"

// isUpload reports whether the body of a request is a sound. pattern is that of its operation.
func isUpload(pattern string) bool {
	return strings.HasPrefix(pattern, http.MethodPut+" ") && strings.HasSuffix(pattern, soundPath)
}

// readSound reads the sound of a request.
func (s *Server) readSound(w http.ResponseWriter, r *http.Request) ([]byte, *problem) {
	done, err := s.o.Commands.Announcements.Receive()
	if err != nil {
		w.Header().Set("Retry-After", "1")
		return nil, newProblem(http.StatusServiceUnavailable, "%v", err)
	}
	defer done()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, announcements.MaxUpload))
	switch {
	case err != nil && len(body) >= announcements.MaxUpload:
		return nil, newProblem(http.StatusRequestEntityTooLarge, "The file is larger than %d MiB.",
			announcements.MaxUpload>>20)
	case err != nil:
		return nil, newProblem(http.StatusBadRequest, "The body was cut: %v.", err)
	case len(body) == 0:
		return nil, newProblem(http.StatusBadRequest, "The body must be a sound file.")
	}
	return body, nil
}

func registerAnnouncements(to registrar, s *announcements.Service) {
	const path = "/announcements/{pbx}/{extension}"
	read(to, "listAnnouncements", "/announcements", announcementTag,
		"Announcements that callers hear when agents do not answer",
		func(ctx context.Context, p access.Principal, _ *nothing) ([]announcements.Announcement, error) {
			return s.List(ctx, p)
		})
	act(to, access.Supervise, http.MethodPut, "switchAnnouncement", path, announcementTag,
		"Switch an announcement on or off. Agents do it for themselves without a role",
		func(ctx context.Context, p access.Principal, in *switchAnnouncement) error {
			return s.Switch(ctx, p, protocol.SetAnnouncement{OneAnnouncement: in.of(), On: in.Body.On})
		})
	act(to, access.Supervise, http.MethodDelete, "deleteAnnouncement", path, announcementTag,
		"Switch an announcement off and delete its sound. The default needs the role admin",
		func(ctx context.Context, p access.Principal, in *OneAnnouncement) error {
			return s.Delete(ctx, p, in.of())
		})
	act(to, access.Supervise, http.MethodPost, "ringAnnouncement", path+"/ring", announcementTag,
		"Ring the agent's phone, to record the announcement or to listen to it",
		func(ctx context.Context, p access.Principal, in *ringAnnouncement) error {
			return s.Ring(ctx, p, protocol.RingAnnouncement{OneAnnouncement: in.of(), Record: in.Body.Record},
				rand.Text())
		})
	add(to, access.Supervise, huma.Operation{
		OperationID: "uploadAnnouncement", Method: http.MethodPut, Path: path + soundPath,
		Tags: []string{announcementTag}, DefaultStatus: http.StatusNoContent, MaxBodyBytes: announcements.MaxUpload + 1,
		Summary: "Replace the sound of an announcement: WAV, MP3, Ogg or FLAC. The default needs the role admin",
	}, func(ctx context.Context, p access.Principal, in *uploadSound) (*nothing, error) {
		return nil, s.Upload(ctx, p, in.of(), in.RawBody)
	})
	add(to, access.View, huma.Operation{
		OperationID: "getAnnouncement", Method: http.MethodGet, Path: path + soundPath, Tags: []string{announcementTag},
		Summary: "The sound of an announcement",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK",
			Content: map[string]*huma.MediaType{
				"audio/wav": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
			},
		}},
	}, func(ctx context.Context, p access.Principal, in *OneAnnouncement) (*huma.StreamResponse, error) {
		sound, err := s.Open(ctx, p, in.of())
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(stream huma.Context) {
			defer func() { _ = sound.Close() }()
			r, w := humago.Unwrap(stream)
			w.Header().Set("Content-Type", "audio/wav")
			http.ServeContent(w, r, "", sound.Modified, sound)
		}}, nil
	})
}
