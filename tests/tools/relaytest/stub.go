package main

func pressureTests() []test { return nil }
func trapTests() []test     { return nil }
func pullTests() []test     { return nil }
func socketTests() []test   { return nil }
func boundTests() []test    { return nil }
func churnTests() []test    { return nil }
