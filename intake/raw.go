package intake

// IsRAW reports whether a file's name is that of a camera's RAW file, by its extension.
func IsRAW(name string) bool {
	switch e := extension(name); e {
	case ".cr3", ".crw", ".raf", ".x3f", ".gpr", ".mrw", ".raw": // not built on TIFF
		return true
	default:
		return rawExtensions[e]
	}
}
