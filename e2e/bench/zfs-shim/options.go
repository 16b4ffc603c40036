package main

import "strings"

// options are the flags of one zfs command, read as getopt does.
type options struct {
	flags      map[byte]bool
	values     map[byte]string
	properties []string // every -o, in order
	operands   []string
}

// parseOptions reads the flags in front of the operands; takingValue lists those that take a value.
func parseOptions(arguments []string, takingValue string) options {
	parsed := options{flags: map[byte]bool{}, values: map[byte]string{}}
	for len(arguments) > 0 {
		word := arguments[0]
		if word == "--" {
			arguments = arguments[1:]
			break
		}
		if len(word) < 2 || word[0] != '-' {
			break
		}
		arguments = parsed.readWord(word[1:], arguments[1:], takingValue)
	}
	parsed.operands = arguments
	return parsed
}

func (parsed *options) readWord(letters string, following []string, takingValue string) []string {
	for at := 0; at < len(letters); at++ {
		letter := letters[at]
		if !strings.ContainsRune(takingValue, rune(letter)) {
			parsed.flags[letter] = true
			continue
		}
		value := letters[at+1:]
		if value == "" && len(following) > 0 {
			value, following = following[0], following[1:]
		}
		parsed.values[letter] = value
		if letter == 'o' {
			parsed.properties = append(parsed.properties, value)
		}
		break
	}
	return following
}

// flagWords gives the flags back as words, without those named.
func (parsed *options) flagWords(without string) []string {
	var words []string
	for letter := range parsed.flags {
		if !strings.ContainsRune(without, rune(letter)) {
			words = append(words, "-"+string(letter))
		}
	}
	return words
}
