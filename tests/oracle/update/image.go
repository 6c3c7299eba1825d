package update

import (
	"slices"
	"strings"

	"tidemark.dev/tests/oracle/types"
)

func NewImageRef(text string, policy types.NamespacedName) ImageRef {
	return ImageRef{text: text, policy: policy}
}

// The oracle's references are plain ones: [host/]name[:tag][@digest].
func (i ImageRef) parts() (registry, repository, identifier, sign string) {
	rest, digest, _ := strings.Cut(i.text, "@")
	registry, repository, identifier, sign = "index.docker.io", rest, "latest", ":"
	if host, path, slash := strings.Cut(rest, "/"); slash && strings.ContainsAny(host, ".:") {
		registry, repository = host, path
	}
	if name, tag, tagged := strings.Cut(repository, ":"); tagged {
		repository, identifier = name, tag
	}
	if !strings.Contains(repository, "/") && registry == "index.docker.io" {
		repository = "library/" + repository
	}
	if digest != "" {
		identifier, sign = digest, "@"
	}
	return
}

func (i ImageRef) String() string               { return i.text }
func (i ImageRef) Policy() types.NamespacedName { return i.policy }
func (i ImageRef) Identifier() string           { _, _, identifier, _ := i.parts(); return identifier }
func (i ImageRef) Repository() string           { _, repository, _, _ := i.parts(); return repository }
func (i ImageRef) Registry() string             { registry, _, _, _ := i.parts(); return registry }
func (i ImageRef) Name() string {
	registry, repository, identifier, sign := i.parts()
	return registry + "/" + repository + sign + identifier
}

// Images is the older result of the current changes.
func Images() ImageResult {
	files := map[string]FileResult{}
	for _, e := range Current {
		if _, known := files[e.File]; !known {
			files[e.File] = FileResult{Objects: map[ObjectIdentifier][]ImageRef{}}
		}
		list := files[e.File].Objects[e.Object]
		if !slices.Contains(list, e.Image) {
			files[e.File].Objects[e.Object] = append(list, e.Image)
		}
	}
	return ImageResult{Files: files}
}

func (r ImageResult) Objects() map[ObjectIdentifier][]ImageRef {
	result := map[ObjectIdentifier][]ImageRef{}
	var names []string
	for name := range r.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for object, images := range r.Files[name].Objects {
			result[object] = append(result[object], images...)
		}
	}
	return result
}

func (r ImageResult) Images() []ImageRef {
	var result []ImageRef
	for _, e := range Current {
		if !slices.Contains(result, e.Image) {
			result = append(result, e.Image)
		}
	}
	return result
}
