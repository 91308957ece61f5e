# ./run is the door; this file is for fingers that type make.
.PHONY: run test lock
run: ; @./run
test: ; @./run test
lock: ; @./run lock
