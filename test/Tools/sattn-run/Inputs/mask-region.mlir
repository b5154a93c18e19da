!q = tensor<2x4x?x16xf32>
!k = tensor<2x2x90x16xf32>

// Documents by id, and the first keys for all.
func.func @documents(%q: !q, %k: !k, %v: !k, %ids: tensor<2x90xi32>, %live: tensor<4x90xi1>, %out: !q) -> !q {
  %0 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q)
      pattern(causal and (region or global<first = 3, columns>)) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %x = tensor.extract %ids[%b, %i] : tensor<2x90xi32>
        %y = tensor.extract %ids[%b, %j] : tensor<2x90xi32>
        %same = arith.cmpi eq, %x, %y : i32
        %bit = tensor.extract %live[%h, %j] : tensor<4x90xi1>
        %both = arith.andi %same, %bit : i1
        sattn.yield %both
      }
  return %0 : !q
}

// Keys that the region calls dead, whatever they hold.
func.func @poisoned(%q: !q, %k: !k, %v: !k, %ids: tensor<2x90xi32>, %live: tensor<4x90xi1>, %out: !q) -> !q {
  %0 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q)
      pattern(window<left = 40, right = 40> and not region) align(bottom_right) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %none = arith.constant 0 : i32
        %y = tensor.extract %ids[%b, %j] : tensor<2x90xi32>
        %dead = arith.cmpi eq, %y, %none : i32
        sattn.yield %dead
      } score {
      ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
        %y = tensor.extract %ids[%b, %j] : tensor<2x90xi32>
        %x = arith.sitofp %y : i32 to f32
        %z = arith.addf %s, %x : f32
        sattn.yield %z : f32
      }
  return %0 : !q
}

// A division by 0 for the key after the query, which is never tried, and one of the strided
// pairs neither.
func.func @divided(%q: !q, %k: !k, %v: !k, %ids: tensor<2x90xi32>, %live: tensor<4x90xi1>, %out: !q) -> !q {
  %0 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q)
      pattern(causal and region or strided<stride = 7>) align(bottom_right) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %hundred = arith.constant 100 : index
        %two = arith.constant 2 : index
        %one = arith.constant 1 : index
        %zero = arith.constant 0 : index
        %next = arith.addi %i, %one : index
        %distance = arith.subi %next, %j : index
        %x = arith.divsi %hundred, %distance : index
        %odd = arith.remsi %x, %two : index
        %is = arith.cmpi eq, %odd, %zero : index
        sattn.yield %is
      }
  return %0 : !q
}

// A function, from a position in f32.
func.func @function(%q: !q, %k: !k, %v: !k, %ids: tensor<2x90xi32>, %live: tensor<4x90xi1>, %out: !q) -> !q {
  %tenth = arith.constant 0.1 : f32
  %half = arith.constant 0.51 : f32
  %0 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q)
      pattern(region) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %d = arith.subi %i, %j : index
        %n = arith.index_cast %d : index to i32
        %f = arith.sitofp %n : i32 to f32
        %x = arith.mulf %f, %tenth : f32
        %y = math.tanh %x : f32
        %near = arith.cmpf olt, %y, %half : f32
        sattn.yield %near
      }
  return %0 : !q
}

// What the oracle cannot know.
func.func @computed(%q: !q, %k: !k, %v: !k, %ids: tensor<2x90xi32>, %live: tensor<4x90xi1>, %out: !q) -> !q {
  %zero = arith.constant 0 : index
  %no = arith.constant false
  %changed = tensor.insert %no into %live[%zero, %zero] : tensor<4x90xi1>
  %0 = sattn.attention ins(%q, %k, %v : !q, !k, !k) outs(%out : !q)
      pattern(region) mask {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %bit = tensor.extract %changed[%h, %j] : tensor<4x90xi1>
        sattn.yield %bit
      }
  return %0 : !q
}
